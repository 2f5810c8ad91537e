package cortex.neuron.harness.remote;

import cortex.core.config.problem.FileTrouble;
import cortex.neuron.harness.EngineFailedException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The systemd unit that runs an engine. `command` is how systemctl is called. Starting and
/// stopping need a polkit rule for the user of this program.
record SystemdUnit(String name, List<String> command) {
    /// systemctl as it is called for real; it must never wait for a password.
    static final List<String> SYSTEMCTL = List.of("systemctl", "--no-ask-password");

    private static final Duration LIMIT = Duration.ofMinutes(2);

    SystemdUnit {
        command = List.copyOf(command);
    }

    void start() throws EngineFailedException, InterruptedException {
        run("start");
    }

    void stop() throws EngineFailedException, InterruptedException {
        run("stop");
    }

    void restart() throws EngineFailedException, InterruptedException {
        run("restart");
    }

    private void run(String verb) throws EngineFailedException, InterruptedException {
        List<String> argv = new ArrayList<>(command);
        argv.addAll(List.of(verb, name));
        Process process = null;
        try {
            process =
                    new ProcessBuilder(argv)
                            .redirectInput(new File("/dev/null"))
                            .redirectErrorStream(true)
                            .start();
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new EngineFailedException(
                        "systemctl " + verb + " " + name + " did not end within " + LIMIT);
            }
            if (process.exitValue() != 0) {
                byte[] said = process.getInputStream().readNBytes(2000);
                throw new EngineFailedException(
                        "systemctl "
                                + verb
                                + " "
                                + name
                                + " failed: "
                                + new String(said, StandardCharsets.UTF_8).strip());
            }
        } catch (IOException e) {
            throw new EngineFailedException(
                    "systemctl could not be called: " + FileTrouble.ofProgram(e));
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
