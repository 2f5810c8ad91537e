package cortex.core.dialect.anthropic;

import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.dialect.chat.Quirks;
import cortex.core.engine.Effort;
import cortex.core.engine.EngineApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Golden cases: files under src/test/resources, one case each.
public final class Golden {
    private Golden() {}

    static List<Path> files(String directory) {
        Path dir = Path.of("src/test/resources/anthropic").resolve(directory);
        try (Stream<Path> files = Files.list(dir)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    /// The form of the API that a case names.
    public static EngineApi api(String engine) {
        return switch (engine) {
            case "llama-server" -> EngineApi.LLAMA_SERVER;
            case "mistralrs" -> EngineApi.MISTRALRS;
            case "generic" -> EngineApi.GENERIC;
            default -> throw new IllegalArgumentException(engine);
        };
    }

    private static List<String> texts(JsonNode given) {
        List<String> texts = new ArrayList<>();
        given.forEach(text -> texts.add(text.asString()));
        return texts;
    }

    /// What a case has fetched, by address.
    public static Map<String, String> fetched(JsonNode given) {
        Map<String, String> fetched = new HashMap<>();
        given.forEachEntry((url, data) -> fetched.put(url, data.asString()));
        return fetched;
    }

    /// The quirks that a case gives, the others as with most models.
    public static Quirks quirks(JsonNode given) {
        return new Quirks(
                new Quirks.Turns(
                        given.path("rewriteToolIds").asBoolean(false),
                        given.path("foldUserAfterTool").asBoolean(false),
                        SystemInMiddle.valueOf(given.path("systemInMiddle").asString("FOLD")),
                        given.path("strictAlternation").asBoolean(false)),
                new Quirks.Reasoning(
                        given.path("reasoning").asBoolean(false),
                        given.has("maxEffort")
                                ? Effort.valueOf(given.path("maxEffort").asString())
                                : null),
                new Quirks.Images(
                        given.path("vision").asBoolean(true),
                        texts(given.path("images")),
                        given.path("imageUrls").asBoolean(false)),
                given.path("stripSchemas").asBoolean(false) ? Schemas.PLAIN : Schemas.ON_ERROR,
                new Quirks.Answers(
                        given.path("splitThink").asBoolean(false),
                        given.path("tolerateMissingFinish").asBoolean(false)),
                given.has("maxOutputTokens") ? given.path("maxOutputTokens").asInt() : null,
                texts(given.path("allowFields")));
    }
}
