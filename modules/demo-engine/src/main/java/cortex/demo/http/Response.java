package cortex.demo.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The answer to one request: whole, or as a chunked stream whose head goes out at once, or cut.
public final class Response {
    private static final byte[] END = ascii("0\r\n\r\n");

    private final Socket socket;
    private final Style style;
    private boolean close;
    private boolean started;
    private boolean ended;
    private boolean cut;
    private int status;

    Response(Socket socket, Style style, boolean close) {
        this.socket = socket;
        this.style = style;
        this.close = close;
    }

    /// Sends a whole answer.
    public void send(int status, String type, byte[] body, String... headers) throws IOException {
        if (status >= 400 && style.closesOnError()) {
            close = true;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream(body.length + 256);
        all.writeBytes(
                head(
                        status,
                        List.of(headers),
                        "Content-Type: " + type,
                        "Content-Length: " + body.length));
        all.writeBytes(body);
        started = true;
        socket.getOutputStream().write(all.toByteArray());
        ended = true;
    }

    /// Sends the head of a stream, before there is anything to stream.
    public void startStream(String type, String... headers) throws IOException {
        started = true;
        socket.getOutputStream()
                .write(
                        head(
                                200,
                                List.of(headers),
                                "Content-Type: " + type,
                                "Transfer-Encoding: chunked"));
    }

    /// Sends one event of a stream as one chunk, in one write.
    public void event(String data) throws IOException {
        byte[] bytes = ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
        byte[] size = ascii(Integer.toHexString(bytes.length) + "\r\n");
        byte[] frame = new byte[size.length + bytes.length + 2];
        System.arraycopy(size, 0, frame, 0, size.length);
        System.arraycopy(bytes, 0, frame, size.length, bytes.length);
        frame[frame.length - 2] = '\r';
        frame[frame.length - 1] = '\n';
        socket.getOutputStream().write(frame);
    }

    /// Ends a stream properly.
    public void endStream() throws IOException {
        socket.getOutputStream().write(END);
        ended = true;
    }

    /// Drops the connection with a reset, whatever has been sent.
    public void cut() throws IOException {
        cut = true;
        close = true;
        ended = true;
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /// Whether a head has been sent.
    public boolean started() {
        return started;
    }

    /// The status of the answer once all of it has been sent, 0 before and when it was cut.
    public int wholeStatus() {
        return ended && !cut ? status : 0;
    }

    /// Whether the connection may carry another request.
    boolean reusable() {
        return ended && !close;
    }

    private byte[] head(int status, List<String> more, String type, String length) {
        this.status = status;
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ").append(status).append(' ');
        head.append(status == 200 ? "OK" : "Error").append("\r\n");
        for (String line : style.headers()) {
            head.append(line).append("\r\n");
        }
        for (String line : more) {
            head.append(line).append("\r\n");
        }
        head.append(type).append("\r\n").append(length).append("\r\n");
        if (close) {
            head.append("Connection: close\r\n");
        } else if (style.requests() < Integer.MAX_VALUE) {
            head.append("Keep-Alive: timeout=5, max=").append(style.requests()).append("\r\n");
        }
        return ascii(head.append("\r\n").toString());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
