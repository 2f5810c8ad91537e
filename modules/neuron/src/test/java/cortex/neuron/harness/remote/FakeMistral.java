package cortex.neuron.harness.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The lifecycle of a running mistral.rs with its sharp edges: 200 for everything, a reload of what
/// is not unloaded leaves a `reloading` for ever, `default` is listed first and is no id.
final class FakeMistral implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"model_id\"\\s*:\\s*\"([^\"]*)\"");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    final Map<String, String> models = new ConcurrentHashMap<>();
    final Map<String, String> phantoms = new ConcurrentHashMap<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final CountDownLatch reloadMayEnd = new CountDownLatch(1);
    volatile boolean holdReload;

    /// Takes connections and answers none until this is open.
    volatile CountDownLatch speaks = new CountDownLatch(0);

    volatile boolean keepAfterUnload;
    volatile String reloadError = "";

    private final ServerSocket server;
    private final Thread accepting;

    FakeMistral(int port) throws IOException {
        server = new ServerSocket(port, 50, InetAddress.ofLiteral("127.0.0.1"));
        accepting = Thread.ofVirtual().name("fake-mistral").start(this::serve);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void serve() {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> answerQuietly(socket));
            }
        } catch (IOException e) {
            calls.add("closed");
        }
    }

    private void answerQuietly(Socket socket) {
        try (socket) {
            answer(socket);
        } catch (IOException | InterruptedException e) {
            calls.add("broken " + e.getClass().getSimpleName());
        }
    }

    private void answer(Socket socket) throws IOException, InterruptedException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return;
            }
            head.append((char) b);
        }
        Matcher length = LENGTH.matcher(head);
        int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
        String body = new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
        String path = head.substring(head.indexOf(" ") + 1, head.indexOf(" HTTP"));
        speaks.await();
        byte[] json = reply(path, body).getBytes(StandardCharsets.UTF_8);
        OutputStream out = socket.getOutputStream();
        out.write(
                ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                                + "Content-Length: "
                                + json.length
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.write(json);
    }

    private String reply(String path, String body) throws InterruptedException {
        if (path.equals("/v1/models")) {
            return list();
        }
        Matcher matcher = ID.matcher(body);
        String id = matcher.find() ? matcher.group(1) : "?";
        String verb = path.substring(path.lastIndexOf('/') + 1);
        calls.add(verb + " " + id);
        String status =
                switch (verb) {
                    case "status" ->
                            phantoms.getOrDefault(id, models.getOrDefault(id, "not_found"));
                    case "unload" -> unload(id);
                    case "reload" -> reload(id);
                    default -> "internal_error";
                };
        String error = status.equals("internal_error") ? reloadError : "";
        return "{\"model_id\":\"%s\",\"status\":\"%s\",\"error\":\"%s\"}"
                .formatted(id, status, error);
    }

    private String list() {
        StringBuilder data = new StringBuilder("{\"id\":\"default\",\"object\":\"model\"}");
        phantoms.forEach((id, status) -> data.append(entry(id, status)));
        models.forEach((id, status) -> data.append(entry(id, status)));
        return "{\"object\":\"list\",\"data\":[" + data + "]}";
    }

    private static String entry(String id, String status) {
        return ",{\"id\":\"%s\",\"status\":\"%s\"}".formatted(id, status);
    }

    private String unload(String id) {
        if (!models.containsKey(id)) {
            return "not_found";
        }
        if (!keepAfterUnload) {
            models.put(id, "unloaded");
        }
        return "unloaded";
    }

    private String reload(String id) throws InterruptedException {
        if (!"unloaded".equals(models.get(id))) {
            phantoms.put(id, "reloading");
            return "not_found";
        }
        if (!reloadError.isEmpty()) {
            return "internal_error";
        }
        models.put(id, "reloading");
        if (holdReload) {
            reloadMayEnd.await();
        }
        models.put(id, "loaded");
        return "loaded";
    }

    @Override
    public void close() throws IOException {
        reloadMayEnd.countDown();
        server.close();
        // The port is free only when the thread that accepts has left.
        try {
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
