package cortex.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which engines the suite runs over: the demo engine, or a real llama-server when the system
/// properties `cortex.llama` (the binary) and `cortex.gguf` (the tiny scripted model) name one.
record Engines(String harness, String binary, String gguf) {
    /// Marks a class that says something about an engine: `.ci/run` runs it over both.
    static final String TAG = "engine";

    /// The slots of the model that clients share; the others have one.
    static final int SLOTS = 4;

    /// Models of the catalogue; all run on the CPU, but for the homeless one that there is never
    /// room for; the crowded ones load slowly. Each test that needs a cold one has its own.
    static final List<String> MODELS =
            List.of(
                    "org/tiny",
                    "cold-one",
                    "cold-many",
                    "doomed",
                    "restarted",
                    "slow",
                    "drained",
                    "vectors",
                    "sees",
                    "shared",
                    "homeless",
                    "crowded-openai",
                    "crowded-anthropic");

    /// A red square of 16 × 16 pixels, in base64; the demo engine says so when it is shown it.
    static final String RED_PNG =
            "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mP4z8BAEmIY1TCqYfhqAACQ"
                    + "+f8B8u7oVwAAAABJRU5ErkJggg==";

    static Engines chosen() {
        String binary = System.getProperty("cortex.llama", "");
        String gguf = System.getProperty("cortex.gguf", "");
        return binary.isEmpty()
                ? new Engines("demo", "", "")
                : new Engines("llamacpp", binary, Path.of(gguf).toAbsolutePath().toString());
    }

    boolean demo() {
        return harness.equals("demo");
    }

    /// Where the model lies, and for the demo engine what stands for its eyes.
    private Path modelDir(Path dir) {
        try {
            Path models = Files.createDirectories(dir.resolve("models"));
            Files.writeString(models.resolve("eyes.gguf"), "");
            return demo() ? models : Path.of(gguf).resolveSibling("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String neuronToml(int port, Path dir) {
        String binaryLine = demo() ? "" : "binary = \"" + binary + "\"\n";
        return """
        [neuron]
        listen = "127.0.0.1:%d"
        state_dir = "%s"
        model_dirs = ["%s"]
        nvidia_smi = "%s"
        [[harnesses]]
        name = "%s"
        %sport_range = [21000, 29000]
        """
                .formatted(
                        port,
                        dir.resolve("state"),
                        modelDir(dir),
                        dir.resolve("no-nvidia-smi"),
                        harness,
                        binaryLine);
    }

    String modelsToml() {
        return MODELS.stream().map(this::model).collect(Collectors.joining("\n"));
    }

    private String model(String id) {
        String more =
                switch (id) {
                    case "vectors" -> ", \"--embeddings\", \"--pooling\", \"mean\"";
                    case "sees" -> demo() ? ", \"--mmproj\", \"eyes.gguf\"" : "";
                    default -> "";
                };
        String load = id.startsWith("crowded") ? "5s" : "500ms";
        String args =
                demo()
                        ? "args = [\"--load-time\", \"" + load + "\", \"--speed\", \"200\"" + more
                        : "path = \"" + gguf + "\"\ngpu_layers = 0\nargs = [\"--no-warmup\"" + more;
        return """
        [[models]]
        id = "%s"
        harness = "%s"
        context = %d
        parallel = %d
        min_devices = 0
        vram_mb = %d
        aliases = ["%s"]
        %s]
        """
                .formatted(
                        id,
                        harness,
                        context(id),
                        id.equals("shared") ? SLOTS : 1,
                        id.equals("homeless") ? allMemoryMb() : 100,
                        alias(id),
                        args);
    }

    /// A tiny model of a token for each byte takes a minute to count a prompt too long for the
    /// larger one.
    private int context(String id) {
        return id.equals("sees") && !demo() ? 8192 : 131072;
    }

    /// More than is ever free, and yet what this machine has beside the headroom (256 MiB).
    private static long allMemoryMb() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            String total =
                    lines.filter(line -> line.startsWith("MemTotal:")).findFirst().orElseThrow();
            return Long.parseLong(total.replaceAll("\\D", "")) / 1024 - 257;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String alias(String id) {
        return id.replace('/', '-') + "-alias";
    }
}
