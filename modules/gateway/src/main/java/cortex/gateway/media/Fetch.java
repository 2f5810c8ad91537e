package cortex.gateway.media;

import cortex.core.time.Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/// One GET of one address, by HTTP/1.0: to the very address that was looked at, so that a name that
/// resolves to another a moment later leads nowhere else; no redirect is followed.
final class Fetch {
    private static final int LONGEST_HEAD = 16 << 10;

    private static final int PART = 256 << 10;

    /// What a byte of an image takes at most: read, copied, written as base64, and that once more
    /// in the request to the engine.
    private static final int COPIES = 6;

    private final Time time;
    private final long deadline;
    private final Deadlines deadlines;
    private final SSLSocketFactory tls;
    private final WebImages.Owner owner;

    /// A fetch that is over at `deadline`, in the clock's nanoseconds, or when its owner gives up.
    Fetch(
            Time time,
            long deadline,
            Deadlines deadlines,
            SSLSocketFactory tls,
            WebImages.Owner owner) {
        this.time = time;
        this.deadline = deadline;
        this.deadlines = deadlines;
        this.tls = tls;
        this.owner = owner;
    }

    /// The body of the answer.
    ///
    /// @throws IOException when there is none, or one longer than `most`
    byte[] get(URI uri, InetAddress address, int most) throws IOException, InterruptedException {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
        try (Socket plain = new Socket();
                var _ = deadlines.after(left() + 1, plain)) {
            owner.onCancel(() -> Deadlines.close(plain));
            plain.connect(new InetSocketAddress(address, port), left());
            plain.setSoTimeout(left());
            if (!secure) {
                return exchange(plain, uri, most);
            }
            try (SSLSocket socket = secured(plain, uri.getHost(), port)) {
                return exchange(socket, uri, most);
            }
        }
    }

    private SSLSocket secured(Socket plain, String host, int port) throws IOException {
        SSLSocket socket = (SSLSocket) tls.createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private byte[] exchange(Socket socket, URI uri, int most)
            throws IOException, InterruptedException {
        String path =
                uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String port = uri.getPort() >= 0 ? ":" + uri.getPort() : "";
        String head =
                "GET "
                        + path
                        + query
                        + " HTTP/1.0\r\n"
                        + "Host: "
                        + uri.getHost()
                        + port
                        + "\r\n"
                        + "User-Agent: cortex\r\nAccept: image/*\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        InputStream in = socket.getInputStream();
        checkHead(head(socket, in));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[16 << 10];
        long counted = 0;
        for (int count; (count = read(socket, in, part)) >= 0; ) {
            if (body.size() + count > most) {
                throw new IOException("it is larger than " + most + " bytes");
            }
            if (body.size() + count > counted) {
                owner.take((long) COPIES * PART);
                counted += PART;
            }
            body.write(part, 0, count);
        }
        return body.toByteArray();
    }

    private String head(Socket socket, InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.length() < LONGEST_HEAD && read(socket, in, one) == 1) {
            head.append((char) (one[0] & 0xff));
            if (one[0] == '\n' && head.length() >= 4 && head.charAt(head.length() - 3) == '\n') {
                return head.toString();
            }
        }
        throw new IOException("its server does not answer by HTTP");
    }

    private static void checkHead(String head) throws IOException {
        String[] status = head.split("[ \r\n]", 3);
        if (!head.startsWith("HTTP/1.") || !status[1].equals("200")) {
            boolean known = status.length > 1 && status[1].matches("[1-5][0-9][0-9]");
            throw new IOException("its server answered " + (known ? status[1] : "something else"));
        }
        if (head.toLowerCase(Locale.ROOT).contains("\ntransfer-encoding:")) {
            throw new IOException("its server does not answer by HTTP/1.0");
        }
    }

    private int read(Socket socket, InputStream in, byte[] into) throws IOException {
        socket.setSoTimeout(left());
        return in.read(into);
    }

    private int left() throws SocketTimeoutException {
        long left = (deadline - time.nanos()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException("it took too long");
        }
        return (int) Math.min(left, Integer.MAX_VALUE);
    }
}
