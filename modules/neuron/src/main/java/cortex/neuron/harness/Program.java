package cortex.neuron.harness;

import cortex.neuron.config.NeuronConfig.HarnessConfig;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A configured engine program: where it is, the arguments every start gets before the model's own,
/// and the environment it is given. Immutable.
record Program(String path, List<String> args, Map<String, String> environment) {
    Program {
        args = List.copyOf(args);
        environment = Map.copyOf(environment);
    }

    /// The program of a harness: its `binary`, or `fallback`, a name to look for on the PATH.
    static Program of(HarnessConfig config, String fallback) {
        String binary = config.started().binary() == null ? fallback : config.started().binary();
        return new Program(
                onPath(binary), config.started().args(), variables(config.started().env()));
    }

    /// Null when the program can be started, else why not.
    @Nullable String unavailable() {
        Path file = Path.of(path);
        if (Files.isExecutable(file) && Files.isRegularFile(file)) {
            return null;
        }
        return Files.exists(file)
                ? "the program " + path + " cannot be executed"
                : "there is no program " + path;
    }

    /// The command for a launch, bound to its devices.
    EngineDriver.Command command(List<String> argv, Harness.Launch launch) {
        Map<String, String> all = new LinkedHashMap<>(launch.binding());
        all.putAll(environment);
        return new EngineDriver.Command(argv, all);
    }

    /// `NAME=value` entries as a map.
    static Map<String, String> variables(List<String> entries) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                variables.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return variables;
    }

    private static String onPath(String binary) {
        if (binary.contains("/")) {
            return binary;
        }
        String path = System.getenv().getOrDefault("PATH", "");
        for (String dir : path.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(dir, binary);
            if (!dir.isEmpty() && Files.isExecutable(candidate)) {
                return candidate.toAbsolutePath().toString();
            }
        }
        return binary;
    }
}
