package cortex.demo.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Parses HTTP/1.1 requests off a connection: length and chunked bodies, `Expect: 100-continue`.
final class RequestReader {
    private static final int MAX_HEAD = 64 * 1024;
    private static final int PART = 64 * 1024;
    private static final int MAX_BODY = 128 * 1024 * 1024;
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Client in;
    private final OutputStream out;
    private final Duration idle;
    private int headBytes;

    RequestReader(Client in, OutputStream out, Duration idle) {
        this.in = in;
        this.out = out;
        this.idle = idle;
    }

    /// The next request's head, or null when the client closed the connection between requests.
    Request.@Nullable Head head() throws IOException {
        headBytes = 0;
        String line = line();
        while (line != null && line.isEmpty()) {
            line = line();
        }
        if (line == null) {
            return null;
        }
        String[] parts = line.split(" ", -1);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.") || parts[1].isEmpty()) {
            throw new IOException("not a request line");
        }
        Map<String, String> headers = new HashMap<>();
        for (String header = line(); ; header = line()) {
            if (header == null) {
                throw new IOException("the head ended early");
            }
            if (header.isEmpty()) {
                return new Request.Head(parts[0], parts[1], parts[2], Map.copyOf(headers));
            }
            int colon = header.indexOf(':');
            if (colon <= 0) {
                throw new IOException("not a header");
            }
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
    }

    /// The body that belongs to `head`.
    byte[] body(Request.Head head) throws IOException {
        String length = head.headers().get("content-length");
        String coding = head.headers().getOrDefault("transfer-encoding", "");
        boolean chunked = coding.equalsIgnoreCase("chunked");
        if (length == null && !chunked) {
            return new byte[0];
        }
        if ("100-continue".equalsIgnoreCase(head.headers().get("expect"))) {
            out.write(CONTINUE);
        }
        if (chunked) {
            return chunks();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        take(size(String.valueOf(length), 10), body);
        return body.toByteArray();
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        headBytes = 0;
        while (true) {
            String line = required();
            int extension = line.indexOf(';');
            int size = size(extension < 0 ? line : line.substring(0, extension), 16);
            if (size == 0) {
                String trailer = required();
                while (!trailer.isEmpty()) {
                    trailer = required();
                }
                return body.toByteArray();
            }
            if (body.size() + size > MAX_BODY) {
                throw new IOException("the body is too large");
            }
            take(size, body);
            if (!required().isEmpty()) {
                throw new IOException("a chunk is longer than it says");
            }
            headBytes = 0;
        }
    }

    /// Takes room as bytes come, whatever was announced.
    private void take(int size, ByteArrayOutputStream body) throws IOException {
        byte[] part = new byte[Math.min(size, PART)];
        for (int left = size; left > 0; left -= part.length) {
            int length = Math.min(left, part.length);
            in.readFully(part, 0, length, idle);
            body.write(part, 0, length);
        }
    }

    private static int size(String text, int radix) throws IOException {
        try {
            long size = Long.parseLong(text.strip(), radix);
            if (size < 0) {
                throw new IOException("a length below zero");
            }
            if (size > MAX_BODY) {
                throw new IOException("the body is too large");
            }
            return (int) size;
        } catch (NumberFormatException e) {
            throw new IOException("not a length");
        }
    }

    private String required() throws IOException {
        String line = line();
        if (line == null) {
            throw new IOException("the body ended early");
        }
        return line;
    }

    private @Nullable String line() throws IOException {
        StringBuilder text = new StringBuilder(64);
        for (int b = in.read(idle); b != '\n'; b = in.read(idle)) {
            if (b < 0) {
                return null;
            }
            if (++headBytes > MAX_HEAD) {
                throw new IOException("the head is too large");
            }
            text.append((char) b);
        }
        int end = text.length();
        if (end > 0 && text.charAt(end - 1) == '\r') {
            text.setLength(end - 1);
        }
        return text.toString();
    }
}
