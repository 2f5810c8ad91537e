package cortex.core.dialect.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Sections;
import cortex.core.dialect.SseScanner;
import cortex.core.dialect.chat.ChatJson;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Every case of openai/stream: what an engine sends, and what of it reaches the client, byte for
/// byte, however it was cut.
class RelayGoldenTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        List<Path> files = Sections.files("openai/stream");
        assertThat(files).hasSizeGreaterThan(14);
        return files.stream()
                .map(file ->
                        DynamicTest.dynamicTest(
                                String.valueOf(file.getFileName()), () -> check(file)));
    }

    private static void check(Path file) {
        Map<String, String> golden = Sections.of(file);
        String engine = section(golden, "engine");
        String client = section(golden, "client");
        if (file.getFileName().toString().startsWith("46-")) {
            engine = engine.stripTrailing();
            client = client.stripTrailing();
        }
        for (int portion : new int[] {1 << 20, 1, 2, 3, 7, 64}) {
            SseScanner scanner = new SseScanner(golden.containsKey("asked"));
            assertThat(relayed(scanner, engine, portion))
                    .as("in portions of %d", portion)
                    .isEqualTo(client);
            told(golden, scanner);
            String crlf = engine.replace("\n", "\r\n");
            assertThat(relayed(new SseScanner(golden.containsKey("asked")), crlf, portion))
                    .isEqualTo(client.replace("\n", "\r\n"));
        }
    }

    private static String section(Map<String, String> golden, String name) {
        return requireNonNull(golden.get(name), name);
    }

    private static void told(Map<String, String> golden, SseScanner scanner) {
        String error = golden.get("error");
        byte[] told = scanner.error();
        assertThat(told == null).isEqualTo(error == null);
        if (error != null && told != null) {
            assertThat(new String(told, UTF_8)).contains(error.strip());
        }
        JsonNode facts = ChatJson.parse(golden.getOrDefault("facts", "{}"));
        if (facts != null && facts.has("prompt")) {
            assertThat(scanner.usage().promptTokens()).isEqualTo(facts.path("prompt").asLong());
            assertThat(scanner.usage().completionTokens())
                    .isEqualTo(facts.path("completion").asLong());
        }
    }

    private static String relayed(SseScanner scanner, String stream, int portion) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = stream.getBytes(UTF_8);
        int n;
        for (int i = 0; i < bytes.length; i += n) {
            n = Math.min(portion, bytes.length - i);
            byte[] fed = new byte[n + 2];
            System.arraycopy(bytes, i, fed, 1, n);
            scanner.scan(fed, 1, n, out::write);
            Arrays.fill(fed, (byte) '#');
        }
        scanner.end(out::write);
        return out.toString(UTF_8);
    }
}
