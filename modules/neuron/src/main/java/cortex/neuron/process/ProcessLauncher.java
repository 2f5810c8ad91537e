package cortex.neuron.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Starts a child process. A seam: tests may start something else, or fail.
public interface ProcessLauncher {
    /// Starts it and returns at once.
    ///
    /// @throws IOException when the program cannot be started
    Process launch(Spec spec) throws IOException;

    /// What to start: the command, its whole environment, the file that all its output is appended
    /// to, and the directory it is started in.
    record Spec(
            List<String> command, Map<String, String> environment, Path output, Path directory) {
        public Spec {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    /// The operating system's own. The child holds no pipe to this program, so that it lives on
    /// when this program is killed. Where `setsid` (util-linux) is there the child gets a session
    /// and a process group of its own, so that a Ctrl-C or hang-up of this program's terminal does
    /// not reach it: it is this program that stops engines, in order. Without it engines share this
    /// program's group: they are stopped all the same, by descent and by their mark, and only one
    /// that an engine started without its environment, and left, is not found. No variable that
    /// holds one of `secrets` is handed on, wherever it came from.
    static ProcessLauncher system(Collection<String> secrets) {
        List<String> hidden = List.copyOf(secrets);
        List<String> prefix =
                List.of("/usr/bin/setsid", "/bin/setsid").stream()
                        .filter(path -> Files.isExecutable(Path.of(path)))
                        .limit(1)
                        .toList();
        if (prefix.isEmpty()) {
            System.getLogger(ProcessLauncher.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "there is no setsid: engines share this program's process group and"
                                    + " end with its terminal");
        }
        return spec -> {
            List<String> command = new ArrayList<>(prefix);
            command.addAll(spec.command());
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().clear();
            builder.environment().putAll(spec.environment());
            builder.environment().values().removeIf(value -> holdsAny(value, hidden));
            builder.directory(spec.directory().toFile());
            builder.redirectErrorStream(true);
            builder.redirectInput(new File("/dev/null"));
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(spec.output().toFile()));
            return builder.start();
        };
    }

    /// A short one may stand in anything by chance.
    private static boolean holdsAny(String value, List<String> secrets) {
        return secrets.stream()
                .anyMatch(secret ->
                        value.equals(secret) || (secret.length() >= 16 && value.contains(secret)));
    }
}
