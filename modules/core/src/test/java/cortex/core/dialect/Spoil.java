package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import cortex.core.dialect.chat.ChatJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Spoils good input at random, in shape and in bytes.
public final class Spoil {
    private static final String[] WORDS = {
        "null", "{}", "[]", "\"\"", "1e999", "-1", "\"tool_use\"", "\"tool_result\"", "true", "\\",
        "\"\\ud800\"", "[[[[", "}}", "\n", "\n\n", "data: ", "event: x\n", "[DONE]", "\r", "\u0000"
    };

    private static final List<JsonNode> VALUES =
            Stream.of(
                            "null",
                            "{}",
                            "[]",
                            "\"\"",
                            "\"x\"",
                            "0",
                            "-1",
                            "1e999",
                            "12345678901234567890",
                            "true",
                            "[null]",
                            "{\"type\":5}",
                            "{\"type\":\"text\"}",
                            "{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":5}",
                            "{\"role\":\"system\",\"content\":\"s\"}",
                            "\"\\ud800\"")
                    .map(ChatJson::parse)
                    .map(Objects::requireNonNull)
                    .toList();

    private Spoil() {}

    /// The same JSON with some of its values replaced by others, its own or foreign.
    public static byte[] reshaped(byte[] seed, Random random) {
        ObjectNode root = ChatJson.object(seed);
        for (int i = random.nextInt(3); i >= 0; i--) {
            List<JsonNode> nodes = new ArrayList<>();
            collect(root, nodes);
            JsonNode place = nodes.get(random.nextInt(nodes.size()));
            JsonNode value =
                    random.nextBoolean()
                            ? nodes.get(random.nextInt(nodes.size())).deepCopy()
                            : VALUES.get(random.nextInt(VALUES.size())).deepCopy();
            if (place instanceof ObjectNode object && !object.isEmpty()) {
                List<String> names = List.copyOf(object.propertyNames());
                object.set(names.get(random.nextInt(names.size())), value);
            } else if (place instanceof ArrayNode array && !array.isEmpty()) {
                array.set(random.nextInt(array.size()), value);
            }
        }
        return ChatJson.bytes(root);
    }

    private static void collect(JsonNode node, List<JsonNode> into) {
        into.add(node);
        node.forEach(child -> collect(child, into));
    }

    /// The same bytes with some of them gone, doubled, or replaced by others.
    public static byte[] spoiled(byte[] seed, List<byte[]> others, Random random) {
        byte[] bytes = seed;
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes = spoiledOnce(bytes, others, random);
        }
        return bytes;
    }

    private static byte[] spoiledOnce(byte[] bytes, List<byte[]> others, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, at + 1 + random.nextInt(12));
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> joined(bytes, at, new byte[0], to);
            case 2 -> joined(bytes, at, new byte[] {(byte) random.nextInt(256)}, at + 1);
            case 3 -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(UTF_8);
                yield joined(bytes, at, word, random.nextBoolean() ? at : to);
            }
            case 4 -> joined(bytes, at, Arrays.copyOfRange(bytes, at, to), at);
            default -> {
                byte[] other = others.get(random.nextInt(others.size()));
                int from = random.nextInt(other.length + 1);
                yield joined(bytes, at, Arrays.copyOfRange(other, from, other.length), to);
            }
        };
    }

    private static byte[] joined(byte[] bytes, int at, byte[] middle, int rest) {
        byte[] out = Arrays.copyOf(bytes, at + middle.length + bytes.length - rest);
        System.arraycopy(middle, 0, out, at, middle.length);
        System.arraycopy(bytes, rest, out, at + middle.length, bytes.length - rest);
        return out;
    }
}
