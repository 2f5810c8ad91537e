package cortex.relay.connection;

import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the HTTP parser gets to see of a client's bytes: a request's head only when all of it is
/// there, and of its body nothing beyond its end. So that an unfinished head costs what was sent of
/// it, each head is looked at before it is parsed, also one that came with the request before it,
/// and a body's chunks are never larger than what was read at once. For the connection's own
/// thread.
@SuppressWarnings("ByteBufferBackingArray") // its buffers are allocated whole, on the heap
public final class RequestInput {
    private static final byte[] NOTHING = new byte[0];

    private final Connection connection;
    private final Connections crowd;
    private final HeadLimits limits;
    private final long maxBody;

    private @Nullable HeadScanner scanner;
    private byte[] head = NOTHING;
    private int headBytes;
    private boolean headNext = true;
    private @Nullable ChunkedInput chunks;
    private long bodyLeft = Long.MAX_VALUE;

    /// The input of one connection, at its first request.
    public RequestInput(Connection connection, Connections crowd, HeadLimits limits, long maxBody) {
        this.connection = connection;
        this.crowd = crowd;
        this.limits = limits;
        this.maxBody = maxBody;
    }

    /// Whether what comes belongs to a head.
    public boolean isHeadNext() {
        return headNext;
    }

    /// Whether nothing of the next request has come.
    public boolean isAtStart() {
        return scanner == null;
    }

    /// The request was answered and its body read.
    public void headIsNext() {
        headNext = true;
        chunks = null;
        bodyLeft = Long.MAX_VALUE;
    }

    /// The head was understood: so long is the body, or it is chunked (-1).
    public void bodyIs(long bytes) {
        chunks = bytes < 0 ? new ChunkedInput(maxBody) : null;
        bodyLeft = bytes < 0 ? Long.MAX_VALUE : bytes;
    }

    /// Takes what belongs to this request, and gives what the parser may see now, which is nothing
    /// while a head is incomplete.
    ///
    /// @throws RequestException when the head is none or exceeds a limit
    /// @throws CloseConnectionException when the connection had to give way
    public byte[] take(ByteBuffer bytes) {
        if (headNext) {
            return takeHead(bytes);
        }
        if (chunks != null) {
            return takeChunked(bytes, chunks);
        }
        int length = (int) Math.min(bodyLeft, bytes.remaining());
        bodyLeft -= length;
        if (bodyLeft == 0 && length == 0) {
            throw new CloseConnectionException("nothing of the body is left to read");
        }
        return next(bytes, length);
    }

    private byte[] takeHead(ByteBuffer bytes) {
        HeadScanner current = scanner;
        if (current == null) {
            current = new HeadScanner(limits);
            scanner = current;
            connection.headBegins();
        }
        int length =
                current.scan(
                        bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        if (!current.isOver()) {
            keep(bytes, length);
            if (!crowd.holdsHead(connection, head.length)) {
                throw new CloseConnectionException("all heads together are too large");
            }
            return NOTHING;
        }
        byte[] whole = whole(bytes, length);
        scanner = null;
        headNext = false;
        if (!connection.requestBegins()) {
            throw new CloseConnectionException("the connection gave way");
        }
        HeadScanner.Flaw flaw = current.flaw();
        if (flaw != null) {
            throw refused(flaw);
        }
        return whole;
    }

    private void keep(ByteBuffer bytes, int length) {
        if (headBytes + length > head.length) {
            int doubled = Math.min(2 * head.length, limits.most());
            head = Arrays.copyOf(head, Math.max(headBytes + length, doubled));
        }
        bytes.get(head, headBytes, length);
        headBytes += length;
    }

    private byte[] whole(ByteBuffer bytes, int length) {
        if (headBytes == 0) {
            return next(bytes, length);
        }
        byte[] whole = Arrays.copyOf(head, headBytes + length);
        bytes.get(whole, headBytes, length);
        head = NOTHING;
        headBytes = 0;
        return whole;
    }

    private static byte[] takeChunked(ByteBuffer bytes, ChunkedInput chunks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.remaining() + 16);
        int taken =
                chunks.take(
                        bytes.array(),
                        bytes.arrayOffset() + bytes.position(),
                        bytes.remaining(),
                        out);
        bytes.position(bytes.position() + taken);
        return out.toByteArray();
    }

    private static byte[] next(ByteBuffer bytes, int length) {
        byte[] all = bytes.array();
        if (bytes.arrayOffset() + bytes.position() == 0 && length == all.length) {
            bytes.position(length);
            return all;
        }
        byte[] next = new byte[length];
        bytes.get(next);
        return next;
    }

    private static RequestException refused(HeadScanner.Flaw flaw) {
        return RequestException.builder()
                .type(DirectHandler.EventType.BAD_REQUEST)
                .status(Status.create(flaw.status()))
                .setKeepAlive(false)
                .message(flaw.name())
                .build();
    }
}
