package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.anthropic.stream.MessageStream;
import cortex.core.dialect.anthropic.stream.SseMessage;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.failure.FailureException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The golden cases, spoiled at random: whatever comes in, a request is translated or refused, and
/// a stream is ended or failed. Seeded, so that a failure comes again.
class FuzzTest {
    private static final long SEED = 20261122;
    private static final int ROUNDS = 3000;

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

    @Test
    void requests() {
        List<byte[]> seeds = new ArrayList<>();
        for (var file : Golden.files("request")) {
            var golden = ChatJson.parse(Golden.read(file));
            if (golden != null) {
                seeds.add(ChatJson.bytes(golden.path("request")));
            }
        }
        Random random = new Random(SEED);
        List<EngineKind> kinds = List.of(EngineKind.values());
        int translated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            boolean shape = random.nextInt(4) > 0;
            byte[] body = shape ? reshaped(seed, random) : spoiled(seed, seeds, random);
            EngineKind kind = kinds.get(random.nextInt(kinds.size()));
            try {
                var request = MessagesRequest.translate(body, new Target("m", kind, Quirks.NONE));
                assertThat(ChatJson.parse(new String(request.body(), UTF_8))).isNotNull();
                TokenCount.of(body, new Target("m", kind, Quirks.NONE));
                translated++;
            } catch (FailureException e) {
                assertThat(e.failure().status()).isBetween(400, 499);
            }
        }
        assertThat(translated).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    @Test
    void streams() {
        List<byte[]> seeds = new ArrayList<>();
        List<StreamCase> cases = new ArrayList<>();
        for (var file : Golden.files("stream")) {
            StreamCase golden = StreamCase.read(file);
            seeds.add(golden.bytes());
            cases.add(golden);
        }
        Random random = new Random(SEED);
        int ended = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(seeds.size());
            byte[] bytes = spoiled(seeds.get(which), seeds, random);
            List<String> told = run(cases.get(which), bytes, 1 + random.nextInt(40));
            if (!told.isEmpty()) {
                assertThat(Wire.terminated(told)).isTrue();
                ended += told.getLast().equals("stop") ? 1 : 0;
            }
        }
        assertThat(ended).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    private static List<String> run(StreamCase golden, byte[] bytes, int portion) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        var sse = new SseMessage(golden.answer(), "req_1", sent::write);
        MessageStream stream = new MessageStream(golden.answer(), sse);
        WholeMessage message = new WholeMessage(golden.answer());
        MessageStream whole = new MessageStream(golden.answer(), message);
        for (int i = 0; i < bytes.length; i += portion) {
            stream.feed(bytes, i, Math.min(portion, bytes.length - i));
        }
        whole.feed(bytes, 0, bytes.length);
        stream.end();
        whole.end();
        assertThat(stream.over() && whole.over()).isTrue();
        assertThat(stream.earlyFailure() == null).isEqualTo(whole.earlyFailure() == null);
        byte[] body = message.body();
        if (body != null) {
            assertThat(ChatJson.parse(new String(body, UTF_8))).isNotNull();
        } else {
            assertThat(message.failure() != null || whole.earlyFailure() != null).isTrue();
        }
        assertThat(sent.size() == 0).isEqualTo(stream.earlyFailure() != null);
        return Wire.tell(sent.toString(UTF_8));
    }

    /// The same JSON with some of its values replaced by others, its own or foreign.
    private static byte[] reshaped(byte[] seed, Random random) {
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

    private static byte[] spoiled(byte[] seed, List<byte[]> others, Random random) {
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
