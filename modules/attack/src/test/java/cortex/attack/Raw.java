package cortex.attack;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A connection on which anything at all may be said.
final class Raw implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("\ncontent-length: *(\\d+)");

    private final Socket socket;

    Raw(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
    }

    /// Sends text, each character a byte; whether the other side still takes it.
    boolean say(String text) {
        return say(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean say(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// What comes until an answer is whole, or the other side closes or is silent for so long; ""
    /// for nothing.
    String hear(Duration silence) {
        StringBuilder heard = new StringBuilder();
        byte[] buffer = new byte[8192];
        try {
            socket.setSoTimeout((int) silence.toMillis());
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                heard.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                if (heard.length() > 1 << 20 || isWhole(heard)) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            return heard.toString();
        } catch (IOException e) {
            return heard.toString();
        }
        return heard.toString();
    }

    private static boolean isWhole(StringBuilder heard) {
        int end = heard.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String head = heard.substring(0, end).toLowerCase(Locale.ROOT);
        Matcher length = LENGTH.matcher(head);
        return length.find()
                ? heard.length() - end - 4 >= Integer.parseInt(length.group(1))
                : head.contains("transfer-encoding: chunked")
                        && heard.toString().endsWith("0\r\n\r\n");
    }

    /// Says it, and hears the answer.
    static String exchange(int port, String text) throws IOException {
        try (Raw raw = new Raw(port)) {
            raw.say(text);
            return raw.hear(Duration.ofSeconds(5));
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
