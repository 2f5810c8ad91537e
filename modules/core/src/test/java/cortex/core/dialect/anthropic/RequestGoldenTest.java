package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.request.TranslatedRequest;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ImageTranscoder;
import cortex.core.dialect.chat.ToolIds;
import cortex.core.dialect.chat.request.Target;
import cortex.core.failure.FailureException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Every case of anthropic/request: a request, and what of the engine's request must be so.
class RequestGoldenTest {
    private static final Pattern STRICT = Pattern.compile("@9:(\\w+)");
    private static final ImageTranscoder TRANSCODER = (_, _) -> "PNG".getBytes(UTF_8);

    @TestFactory
    Stream<DynamicTest> cases() {
        List<Path> files = Golden.files("request");
        assertThat(files).hasSizeGreaterThan(120);
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(Golden.name(file), () -> check(file)));
    }

    private static void check(Path file) {
        String text =
                STRICT.matcher(Golden.read(file))
                        .replaceAll(match -> ToolIds.digest(match.group(1), 9));
        JsonNode golden = requireNonNull(ChatJson.parse(text));
        byte[] body = ChatJson.bytes(golden.path("request"));
        Target target = target(golden);
        if (golden.has("failure")) {
            refused(golden.path("failure"), body, target);
            return;
        }
        TranslatedRequest translated = MessagesRequest.translate(body, target);
        JsonNode chat =
                requireNonNull(ChatJson.parse(new String(translated.chat().bytes(), UTF_8)));
        golden.path("expect")
                .forEachEntry((key, value) -> assertThat(chat.path(key)).as(key).isEqualTo(value));
        golden.path("absent").forEach(key -> assertThat(chat.has(key.asString())).isFalse());
        facts(golden.path("facts"), translated);
        assertThat(translated.chat().answerInputs().estimatedTokens()).isPositive();
    }

    private static Target target(JsonNode golden) {
        boolean transcodes = golden.path("quirks").path("transcode").asBoolean(false);
        return new Target(
                "engine-model",
                Golden.api(golden.path("engine").asString()),
                Golden.quirks(golden.path("quirks")),
                transcodes ? TRANSCODER : ImageTranscoder.NONE,
                Golden.fetched(golden.path("fetched")));
    }

    private static void refused(JsonNode expected, byte[] body, Target target) {
        FailureException thrown =
                catchThrowableOfType(
                        FailureException.class, () -> MessagesRequest.translate(body, target));
        assertThat(thrown).isNotNull();
        assertThat(AnthropicErrors.status(thrown.failure()))
                .isEqualTo(expected.path("status").asInt());
        JsonNode envelope =
                requireNonNull(
                        ChatJson.parse(
                                new String(
                                        AnthropicErrors.render(thrown.failure(), "req_1"), UTF_8)));
        for (JsonNode part : expected.path("contains")) {
            assertThat(envelope.path("error").path("message").asString()).contains(part.asString());
        }
        if (expected.has("code")) {
            assertThat(envelope.path("error").path("details").path("error_code"))
                    .isEqualTo(expected.path("code"));
        }
    }

    private static void facts(JsonNode facts, TranslatedRequest translated) {
        facts.forEachEntry((key, value) -> {
            Object actual =
                    switch (key) {
                        case "stream" -> translated.chat().client().stream();
                        case "model" -> translated.chat().client().model();
                        case "sessionId" -> translated.chat().client().sessionId();
                        case "prewarm" -> translated.prewarm();
                        case "singleTool" -> translated.chat().answerInputs().singleTool();
                        case "dropped" -> translated.chat().dropped();
                        case "usedToolIds" ->
                                List.copyOf(
                                        new TreeSet<>(
                                                translated.chat().answerInputs().usedToolIds()));
                        default -> throw new IllegalArgumentException(key);
                    };
            assertThat(actual).as(key).isEqualTo(plain(value));
        });
    }

    private static Object plain(JsonNode value) {
        if (value.isArray()) {
            List<String> all = new ArrayList<>();
            value.forEach(element -> all.add(element.asString()));
            return all;
        }
        return value.isBoolean() ? (Object) value.asBoolean() : value.asString();
    }
}
