package cortex.neuron.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/// A scripted engine in a process of its own: answers health, models and props as llama-server
/// does, or binds after the load as mistral.rs does, and misbehaves as told. Writes its pid into
/// the directory that FAKE_PIDS names, so that tests can see that it is gone.
public final class FakeEngine {
    /// Its own flags.
    public static final List<String> FLAGS =
            List.of(
                    "--fake-load",
                    "--fake-exit",
                    "--fake-exit-after",
                    "--fake-deaf",
                    "--fake-child",
                    "--fake-noise",
                    "--fake-say",
                    "--fake-never",
                    "--fake-mistral",
                    "--fake-environment",
                    "--fake-orphan");

    private final List<String> args;
    private final long startedAt = System.nanoTime();

    private FakeEngine(List<String> args) {
        this.args = args;
    }

    /// A script that stands in for an engine's binary.
    public static Path script(Path dir) throws IOException, URISyntaxException {
        URL self = Objects.requireNonNull(FakeEngine.class.getResource("FakeEngine.class"));
        Path classes = Path.of(self.toURI());
        for (int i = 0; i < 4; i++) {
            classes = Objects.requireNonNull(classes.getParent());
        }
        Path script = dir.resolve("fake-engine");
        Files.writeString(
                script,
                """
                #!/bin/sh
                exec '%s/bin/java' -Xshare:auto -XX:TieredStopAtLevel=1 -Xmx32m -XX:+UseSerialGC \\
                  -cp '%s' %s "$@"
                """
                        .formatted(
                                System.getProperty("java.home"),
                                classes,
                                FakeEngine.class.getName()));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    /// `--fake-load MS --fake-exit CODE --fake-exit-after MS --fake-deaf --fake-child --fake-noise
    /// BYTES --fake-say TEXT --fake-never --fake-mistral --fake-environment --fake-orphan`, among
    /// an engine's own arguments.
    public static void main(String[] arguments) throws Exception {
        new FakeEngine(List.of(arguments)).run();
    }

    private void run() throws Exception {
        note(ProcessHandle.current().pid());
        System.out.println("\u001B[32mfake engine\u001B[0m with " + args.size() + " arguments");
        System.out.println(value("--fake-say", ""));
        if (args.contains("--fake-deaf")) {
            CountDownLatch never = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitQuietly(never)));
        }
        if (args.contains("--fake-child")) {
            note(new ProcessBuilder("sleep", "1000").start().pid());
        }
        if (args.contains("--fake-orphan")) {
            orphan();
        }
        if (args.contains("--fake-environment")) {
            System.getenv().forEach((name, value) -> System.out.println(name + "=" + value));
            System.out.println("in " + Path.of("").toAbsolutePath());
        }
        String noise = value("--fake-noise", "0");
        if (!noise.equals("0")) {
            String line = "x".repeat(99);
            for (int i = 0; i < Integer.parseInt(noise) / 100; i++) {
                System.out.println(line);
            }
        }
        String code = value("--fake-exit", "");
        if (!code.isEmpty()) {
            Thread.ofPlatform().start(() -> exitLater(Integer.parseInt(code)));
        }
        if (args.contains("--fake-mistral")) {
            Thread.sleep(loadMillis());
        }
        serve(Integer.parseInt(value("--port", "0")));
    }

    /// A process without the engine's environment whose parent is gone: only its session tells.
    private static void orphan() throws IOException, InterruptedException {
        ProcessBuilder shell =
                new ProcessBuilder("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!");
        shell.environment().clear();
        Process parent = shell.start();
        String pid = new String(parent.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        parent.waitFor();
        note(Long.parseLong(pid.strip()));
    }

    private void exitLater(int code) {
        try {
            Thread.sleep(Long.parseLong(value("--fake-exit-after", "0")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.println("CUDA error: out of memory");
        Runtime.getRuntime().halt(code);
    }

    private void serve(int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> answerQuietly(socket));
            }
        }
    }

    private void answerQuietly(Socket socket) {
        try (socket) {
            answer(socket);
        } catch (IOException e) {
            System.out.println("connection: " + e);
        }
    }

    private void answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return;
            }
            head.append((char) b);
        }
        String path = head.substring(head.indexOf(" ") + 1, head.indexOf(" HTTP"));
        boolean loaded =
                !args.contains("--fake-never")
                        && System.nanoTime() - startedAt >= loadMillis() * 1_000_000;
        String body = loaded ? body(path) : "{\"error\":{\"message\":\"Loading model\"}}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String status = loaded ? "200 OK" : "503 Service Unavailable";
        String headers =
                "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                                .formatted(status, bytes.length)
                        + "Connection: close\r\n\r\n";
        OutputStream out = socket.getOutputStream();
        out.write(headers.getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.flush();
    }

    private String body(String path) {
        if (path.equals("/v1/models") && args.contains("--fake-mistral")) {
            return "{\"data\":[{\"id\":\"default\"},{\"id\":\"%s\",\"status\":\"loaded\"}]}"
                    .formatted(value("-m", "?"));
        }
        if (path.equals("/v1/models")) {
            return "{\"data\":[{\"id\":\"%s\",\"meta\":{\"n_ctx\":4096}}]}"
                    .formatted(value("--alias", "?"));
        }
        if (path.equals("/props")) {
            return "{\"total_slots\":%s,\"default_generation_settings\":{\"n_ctx\":2048}}"
                    .formatted(value("-np", "4"));
        }
        return "{\"status\":\"ok\"}";
    }

    private long loadMillis() {
        return Long.parseLong(value("--fake-load", "0"));
    }

    private String value(String flag, String fallback) {
        int at = args.indexOf(flag);
        return at >= 0 && at + 1 < args.size() ? args.get(at + 1) : fallback;
    }

    private static void note(long pid) throws IOException {
        String dir = System.getenv("FAKE_PIDS");
        if (dir != null) {
            Files.createFile(Path.of(dir, Long.toString(pid)));
        }
    }

    private static void awaitQuietly(CountDownLatch never) {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
