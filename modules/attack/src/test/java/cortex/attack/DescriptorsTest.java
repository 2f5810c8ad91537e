package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.house.Sources;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each program with 160 file descriptors and 400 connections: it may turn some away, but
/// afterwards it answers again.
class DescriptorsTest {
    private static final int DESCRIPTORS = 160;
    private static final int CONNECTIONS = 400;
    private static final Pattern PORT = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    @Test
    void theGatewayAndItsMetricsPort(@TempDir Path dir) throws Exception {
        Files.writeString(dir.resolve("models.toml"), Target.model("m", 1, "\"--speed\", \"9\""));
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                [[neurons]]
                name = "nobody"
                endpoint = "http://127.0.0.1:%d"
                """
                        .formatted(Target.freePort()));
        survives("cortex ready", dir, program("cortex"), List.of("/health", "/metrics"));
    }

    @Test
    void theNeuron(@TempDir Path dir) throws Exception {
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:0"
                state_dir = "state"
                nvidia_smi = "%s"
                [[harnesses]]
                name = "demo"
                """
                        .formatted(dir.resolve("no-nvidia-smi")));
        survives("neuron ready", dir, program("neuron"), List.of("/health"));
    }

    @Test
    void theDemoEngine(@TempDir Path dir) throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-p",
                        Sources.root().resolve("dist/target/lib").toString(),
                        "-m",
                        "cortex.demo/cortex.demo.Main",
                        "--port",
                        "0");
        survives("listening on", dir, command, List.of("/health"));
    }

    private static List<String> program(String name) {
        return List.of(
                Sources.root().resolve("dist/bin").resolve(name).toString(),
                "serve",
                "--config",
                name + ".toml");
    }

    private static void survives(String ready, Path dir, List<String> program, List<String> paths)
            throws Exception {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$0\" \"$@\""));
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HOME", dir.toString());
        Process process = builder.redirectErrorStream(true).start();
        // Closing the log would wait for whoever reads it, so the process is ended first.
        BufferedReader log = process.inputReader();
        try {
            List<Integer> ports = ports(log, ready);
            Thread.ofVirtual().start(() -> log.lines().forEach(_ -> {}));
            for (int i = 0; i < paths.size(); i++) {
                flood(ports.get(i));
                answers(ports.get(i), paths.get(i));
            }
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static List<Integer> ports(BufferedReader log, String ready) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            if (line.contains(ready)) {
                Matcher matcher = PORT.matcher(line);
                while (matcher.find()) {
                    ports.add(Integer.parseInt(matcher.group(1)));
                }
                return ports;
            }
        }
        throw new AssertionError("there never was: " + ready);
    }

    private static void flood(int port) throws IOException {
        List<Raw> open = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            try {
                Raw raw = new Raw(port);
                raw.say("GET /");
                open.add(raw);
            } catch (IOException e) {
                assertThat(i).as("connections that are taken, if only by the system").isPositive();
            }
        }
        for (Raw raw : open) {
            raw.close();
        }
    }

    private static void answers(int port, String path) {
        Target.until(
                path + " is answered again",
                () -> {
                    try {
                        return Raw.exchange(
                                        port,
                                        "GET "
                                                + path
                                                + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                                + "Connection: close\r\n\r\n")
                                .startsWith("HTTP/1.1 200");
                    } catch (IOException e) {
                        return false;
                    }
                });
    }
}
