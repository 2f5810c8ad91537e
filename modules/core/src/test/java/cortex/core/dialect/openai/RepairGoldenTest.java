package cortex.core.dialect.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.dialect.RequestScan;
import cortex.core.dialect.Sections;
import cortex.core.dialect.Spoil;
import cortex.core.dialect.anthropic.Golden;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ImageTranscoder;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.OpenAiRequest.Form;
import cortex.core.engine.EngineApi;
import cortex.core.failure.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Every case of openai/request: a chat request, and what becomes of it; without `expect` it keeps
/// its bytes.
class RepairGoldenTest {
    @TestFactory
    Stream<DynamicTest> cases() {
        List<Path> files = Sections.files("openai/request");
        assertThat(files).hasSizeGreaterThan(16);
        return files.stream()
                .map(file ->
                        DynamicTest.dynamicTest(
                                String.valueOf(file.getFileName()), () -> check(file)));
    }

    private static JsonNode read(Path file) throws IOException {
        return requireNonNull(ChatJson.parse(Files.readString(file)));
    }

    private static void check(Path file) throws IOException {
        JsonNode golden = read(file);
        byte[] body = ChatJson.bytes(golden.path("request"));
        Form form = Form.valueOf(golden.path("form").asString("CHAT"));
        Target target =
                new Target(
                        "engine-model",
                        Golden.api(golden.path("engine").asString("llama-server")),
                        Golden.quirks(golden.path("quirks")),
                        ImageTranscoder.NONE,
                        Golden.fetched(golden.path("fetched")));
        if (golden.has("failure")) {
            assertThatThrownBy(() -> OpenAiRequest.of(body, RequestScan.of(body), form, target))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining(golden.path("failure").asString());
            return;
        }
        OpenAiRequest fitted = OpenAiRequest.of(body, RequestScan.of(body), form, target);
        byte[] repaired = fitted.body();
        assertThat(fitted.scan())
                .usingRecursiveComparison()
                .ignoringFields("cost", "notices")
                .isEqualTo(RequestScan.of(repaired));
        if (golden.has("expect")) {
            assertThat(new String(repaired, UTF_8)).isEqualTo(ChatJson.text(golden.path("expect")));
            RequestScan.Oddity odd = RequestScan.of(repaired).oddity();
            assertThat(odd.arguments() || odd.noTools()).as("nothing is left to repair").isFalse();
        } else {
            assertThat(repaired).isSameAs(body);
        }
    }

    private static Target target(EngineApi api) {
        Quirks capped = Golden.quirks(requireNonNull(ChatJson.parse("{\"maxOutputTokens\":9}")));
        return new Target("m", api, capped);
    }

    /// Engines read the last of two, or the first.
    @Test
    void whatIsSaidTwiceIsLookedAtTwice() {
        String image = "{\"type\":\"image_url\",\"image_url\":%s}";
        String data = "\"url\":\"data:image/png;base64,AA\"";
        String turns = "\"messages\":[{\"role\":\"user\",\"content\":[%s]}]";
        String twice =
                turns.formatted(
                        image.formatted("\"file:///etc/passwd\"")
                                + ","
                                + image.formatted("{" + data + "," + data + "}"));
        assertThatThrownBy(() -> asked(twice)).hasMessageContaining("messages.0.content.0");
        String hidden = turns.formatted(image.formatted("{\"url\":\"http://x/\"," + data + "}"));
        assertThat(asked(hidden)).doesNotContain("http://x/");
        String plain = turns.formatted("");
        assertThat(asked(plain + ",\"max_tokens\":5,\"max_tokens\":9999"))
                .endsWith("\"max_tokens\":9}");
        assertThat(asked("\"max_tokens\":9999,\"max_tokens\":5," + plain))
                .containsOnlyOnce("max_tokens")
                .endsWith("\"max_tokens\":5}");
        assertThat(asked("\"max_tokens\":5,\"max_tokens\":null," + plain))
                .containsOnlyOnce("max_tokens")
                .endsWith("\"max_tokens\":9}");
        assertThat(asked("\"max\\u005ftokens\":9999," + plain)).endsWith("\"max_tokens\":9}");
    }

    @Test
    void endlessTokensAreNoNumberOfTokens() {
        for (String endless : List.of("1e999", "-1e999", "1e999999999")) {
            String asked = "\"messages\":[],\"max_tokens\":" + endless;
            assertThatThrownBy(() -> asked(asked))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining("max_tokens: must be a number of tokens");
        }
    }

    private static String asked(String rest) {
        byte[] body = ("{\"model\":\"m\"," + rest + "}").getBytes(UTF_8);
        Target target = target(EngineApi.GENERIC);
        return new String(
                OpenAiRequest.of(body, RequestScan.of(body), Form.CHAT, target).body(), UTF_8);
    }

    @Test
    void spoiledRequestsAreRepairedOrRefused() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : Sections.files("openai/request")) {
            seeds.add(ChatJson.bytes(read(file).path("request")));
        }
        Random random = new Random(20261124);
        List<EngineApi> apis = List.of(EngineApi.values());
        int repaired = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] seed = seeds.get(random.nextInt(seeds.size()));
            byte[] body =
                    random.nextInt(4) > 0
                            ? Spoil.reshaped(seed, random)
                            : Spoil.spoiled(seed, seeds, random);
            EngineApi api = apis.get(random.nextInt(apis.size()));
            try {
                byte[] out =
                        OpenAiRequest.of(body, RequestScan.of(body), Form.CHAT, target(api)).body();
                assertThat(RequestScan.of(out).oddity().noTools()).isFalse();
                repaired += Arrays.equals(out, body) ? 0 : 1;
            } catch (FailureException e) {
                assertThat(e.failure().status()).isBetween(400, 499);
            }
        }
        assertThat(repaired).isGreaterThan(300);
    }
}
