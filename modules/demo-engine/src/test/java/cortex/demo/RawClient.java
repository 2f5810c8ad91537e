package cortex.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One HTTP connection, down to its bytes: what a library would hide (how an answer ends, when the
/// head comes) is what these tests are about.
final class RawClient implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private final Socket socket;
    private final InputStream in;

    RawClient(int port) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            in = socket.getInputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// How an answer ended.
    enum End {
        PROPER,
        CUT
    }

    /// An answer: the head's lines, the body without chunk framing, and its end.
    record Reply(List<String> head, String body, End end) {
        int status() {
            return Integer.parseInt(head.getFirst().substring(9, 12));
        }

        boolean has(String line) {
            return head.stream().anyMatch(one -> one.equalsIgnoreCase(line));
        }

        JsonNode json() {
            return JSON.readTree(body);
        }

        /// The data of each event of a stream, `[DONE]` included.
        List<String> events() {
            List<String> events = new ArrayList<>();
            for (String line : body.split("\n", -1)) {
                if (line.startsWith("data: ")) {
                    events.add(line.substring(6));
                }
            }
            return events;
        }

        List<JsonNode> chunks() {
            return events().stream()
                    .filter(event -> !event.equals("[DONE]"))
                    .map(JSON::readTree)
                    .toList();
        }

        /// The text of a streamed chat completion.
        String text() {
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : chunks()) {
                text.append(
                        chunk.path("choices").path(0).path("delta").path("content").asString(""));
            }
            return text.toString();
        }
    }

    static Reply get(int port, String path) {
        try (RawClient client = new RawClient(port)) {
            return client.send("GET", path, "").reply();
        }
    }

    static Reply post(int port, String path, String body) {
        try (RawClient client = new RawClient(port)) {
            return client.send("POST", path, body).reply();
        }
    }

    /// A chat completion with one user message; `more` are further fields, each with a comma.
    static Reply chat(int port, String message, String more) {
        return post(port, "/v1/chat/completions", chatBody(message, more));
    }

    static String chatBody(String message, String more) {
        String content = JSON.writeValueAsString(message);
        return "{\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]" + more + "}";
    }

    RawClient send(String method, String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                        + "Content-Length: "
                        + bytes.length
                        + "\r\n\r\n";
        return raw(head).raw(bytes);
    }

    /// Sends lines, each with CR LF.
    RawClient lines(String... lines) {
        return raw(String.join("\r\n", lines) + "\r\n");
    }

    RawClient raw(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    RawClient raw(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> head() {
        try {
            List<String> lines = new ArrayList<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                lines.add(line);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Reply reply() {
        List<String> head = head();
        int length = -1;
        for (String line : head) {
            if (line.regionMatches(true, 0, "content-length: ", 0, 16)) {
                length = Integer.parseInt(line.substring(16).strip());
            }
        }
        StringBuilder body = new StringBuilder();
        End end = End.PROPER;
        try {
            if (length >= 0) {
                body.append(text(length));
            } else {
                for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
                    body.append(chunk);
                }
            }
        } catch (IOException e) {
            end = End.CUT;
        }
        return new Reply(head, body.toString(), end);
    }

    /// The next chunk of a stream, empty at its end.
    String chunk() throws IOException {
        int size = Integer.parseInt(line(), 16);
        String chunk = text(size);
        line();
        return chunk;
    }

    private String text(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
