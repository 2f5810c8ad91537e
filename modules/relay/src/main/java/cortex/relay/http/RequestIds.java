package cortex.relay.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.concurrent.ThreadLocalRandom;

/// The id under which one request appears in responses and logs.
public final class RequestIds {
    /// The header that carries it, both ways.
    public static final HeaderName X_REQUEST_ID = HeaderNames.create("x-request-id");

    private static final int LONGEST = 64;

    private RequestIds() {}

    /// The id of the request that this thread handles.
    ///
    /// @throws IllegalStateException outside of a request of a server of {@link HttpServers}
    public static String current() {
        return ClientWatch.current().requestId();
    }

    /// The caller's own id when it is sane (1 to 64 of letters, digits, `-_.:`), else a new one.
    public static String of(Headers headers) {
        return headers.first(X_REQUEST_ID).filter(RequestIds::isSane).orElseGet(RequestIds::mint);
    }

    /// A new id such as `req_1f8a03c2b7d94e10`.
    public static String mint() {
        String hex = Long.toHexString(ThreadLocalRandom.current().nextLong());
        return "req_" + "0".repeat(16 - hex.length()) + hex;
    }

    private static boolean isSane(String id) {
        if (id.isEmpty() || id.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (!digit && !letter && "-_.:".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
