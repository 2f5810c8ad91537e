package cortex.neuron.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Starts a child process. A seam: tests may start something else, or fail.
public interface ProcessLauncher {
    /// Starts it and returns at once.
    ///
    /// @throws IOException when the program cannot be started
    Process launch(Spec spec) throws IOException;

    /// What to start: the command, environment variables to add to this program's own, and the file
    /// that all its output is appended to.
    record Spec(List<String> command, Map<String, String> environment, Path output) {
        public Spec {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    /// The operating system's own. The child holds no pipe to this program, so that it lives on
    /// when this program is killed. Where `setsid` is there the child gets a session of its own, so
    /// that a Ctrl-C or hang-up of this program's terminal does not reach it: it is this program
    /// that stops engines, in order.
    static ProcessLauncher system() {
        List<String> prefix =
                List.of("/usr/bin/setsid", "/bin/setsid").stream()
                        .filter(path -> Files.isExecutable(Path.of(path)))
                        .limit(1)
                        .toList();
        return spec -> {
            List<String> command = new ArrayList<>(prefix);
            command.addAll(spec.command());
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().keySet().removeIf(ProcessLauncher::ownVariable);
            builder.environment().putAll(spec.environment());
            builder.redirectErrorStream(true);
            builder.redirectInput(new File("/dev/null"));
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(spec.output().toFile()));
            return builder.start();
        };
    }

    /// What is meant for this program alone: its settings, and its line to systemd, over which an
    /// engine could speak in its name.
    private static boolean ownVariable(String name) {
        return name.startsWith("NEURON_")
                || name.startsWith("WATCHDOG_")
                || name.startsWith("LISTEN_")
                || name.equals("NOTIFY_SOCKET")
                || name.equals("CREDENTIALS_DIRECTORY");
    }
}
