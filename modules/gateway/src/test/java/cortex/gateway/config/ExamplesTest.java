package cortex.gateway.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example files, put where README's steps put them.
class ExamplesTest {
    private static final Pattern COPY =
            Pattern.compile("^cp (\\S+\\.example\\.toml) (\\S+\\.toml)\\b", Pattern.MULTILINE);

    @TempDir Path dir;
    private final Map<String, String> copies = new LinkedHashMap<>();

    @BeforeEach
    void followTheReadme() throws IOException {
        var steps = COPY.matcher(Files.readString(root().resolve("README.md")));
        while (steps.find()) {
            copies.put(steps.group(1), steps.group(2));
            Files.copy(root().resolve(steps.group(1)), dir.resolve(steps.group(2)));
        }
    }

    @Test
    void everyExampleIsCopiedByTheReadme() throws IOException {
        try (DirectoryStream<Path> examples = Files.newDirectoryStream(root(), "*.example.toml")) {
            assertThat(examples)
                    .extracting(example -> example.getFileName().toString())
                    .containsExactlyInAnyOrderElementsOf(copies.keySet());
        }
    }

    @Test
    void theExamplesLoad() {
        GatewayConfig config = GatewayConfigReader.read(dir.resolve("cortex.toml"), Map.of());
        assertThat(config.fleet().neurons()).hasSize(2);
        ModelProfile coder = requireNonNull(config.fleet().catalogue().find("claude-coder"));
        assertThat(coder.id()).isEqualTo("Qwen/Qwen3-Coder-30B-A3B-Instruct");
        assertThat(config.fleet().catalogue().find("tiny")).isNotNull();
    }

    @Test
    void theCatalogueThatWasCopiedIsTheOneThatIsRead() throws IOException {
        Path models = dir.resolve("models.toml");
        Files.writeString(
                models, Files.readString(models).replace("id = \"tiny\"", "id = \"mine\""));
        GatewayConfig config = GatewayConfigReader.read(dir.resolve("cortex.toml"), Map.of());
        assertThat(config.fleet().catalogue().find("mine")).isNotNull();
        assertThat(config.fleet().catalogue().find("tiny")).isNull();
    }

    @Test
    void theModelsThatAreCommentedOutLoadToo() throws IOException {
        Path models = dir.resolve("models.toml");
        Files.writeString(
                models,
                Files.readString(models).replaceAll("(?m)^# (\\[\\[models]]|\\w+ = )", "$1"));
        GatewayConfig config = GatewayConfigReader.read(dir.resolve("cortex.toml"), Map.of());
        ModelProfile embedding = requireNonNull(config.fleet().catalogue().find("nomic-embed"));
        assertThat(embedding.engine().options().args()).contains("--embedding");
    }

    static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.exists(dir.resolve("cortex.example.toml"))) {
            dir = requireNonNull(dir.getParent());
        }
        return dir;
    }
}
