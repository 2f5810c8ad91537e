package cortex.relay.http;

import cortex.core.config.HostPort;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// A client that says exactly what a test tells it to, byte by byte.
public final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    public RawClient(HostPort server) throws IOException {
        this(server, 0);
    }

    /// A client whose socket takes in little when `receiveBuffer` is small.
    public RawClient(HostPort server, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getByName(server.host()), server.port()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /// Sends a POST with a body and the usual headers.
    public RawClient post(String path, String body) throws IOException {
        String head = "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: ";
        return send(head + body.length() + "\r\n\r\n" + body);
    }

    public RawClient get(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    /// Leaves, in the middle of whatever is going on.
    public void hangUp() throws IOException {
        socket.close();
    }

    /// Leaves without taking what was sent to it, so that whoever writes to it finds it gone.
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /// Says that nothing more will be sent, while still reading.
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /// Reads up to the end of the next `text`, and returns all of it.
    public String readUntil(String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        char last = text.charAt(text.length() - 1);
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("ended before '" + text + "': " + seen);
            }
            seen.append((char) b);
            int start = seen.length() - text.length();
            if (b == last && start >= 0 && seen.indexOf(text, start) == start) {
                return seen.toString();
            }
        }
    }

    /// Reads one response with a Content-Length: head and body.
    public String readResponse() throws IOException {
        String head = readUntil("\r\n\r\n");
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length:");
        if (at < 0) {
            throw new IOException("no length: " + head);
        }
        int length = Integer.parseInt(lower.substring(at + 15, lower.indexOf('\r', at)).strip());
        return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    /// Reads everything until the server closes, be it by a reset.
    public String readToEnd() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException e) {
            rest.flush();
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
