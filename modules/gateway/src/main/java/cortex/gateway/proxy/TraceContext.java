package cortex.gateway.proxy;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.regex.Pattern;

/// Which trace a request belongs to, as its client says it, if it says it as W3C Trace Context
/// does. Anything else is nobody's trace and goes no further (§2.2.2 and §2.3.1 there: what cannot
/// be parsed is dropped, and `tracestate` with it).
final class TraceContext {
    static final HeaderName PARENT = HeaderNames.create("traceparent");
    static final HeaderName STATE = HeaderNames.create("tracestate");

    /// Version, trace, parent and flags; later versions may append to it.
    private static final Pattern PARENT_FORM =
            Pattern.compile(
                    "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
                            + "(?:(?<!^00.{53})-[\\x21-\\x2b\\x2d-\\x7e]{0,64})?");

    private static final int MOST_MEMBERS = 32;

    /// One `key=value` of the state.
    private static final Pattern MEMBER_FORM =
            Pattern.compile(
                    "[a-z0-9][a-z0-9_*/@-]{0,255}=[\\x20-\\x7e&&[^,=]]{0,255}[\\x21-\\x7e&&[^,=]]");

    private TraceContext() {}

    /// Puts the trace headers of a client on a request, where they are of the proper form.
    static void forward(ServerRequestHeaders from, HttpRequest.Builder to) {
        List<String> parents = from.all(PARENT, List::of);
        if (parents.size() != 1 || !PARENT_FORM.matcher(parents.getFirst()).matches()) {
            return;
        }
        to.header(PARENT.lowerCase(), parents.getFirst());
        String state = String.join(",", from.all(STATE, List::of));
        if (isState(state)) {
            to.header(STATE.lowerCase(), state);
        }
    }

    private static boolean isState(String state) {
        int members = 0;
        for (String member : state.split(",", -1)) {
            String stripped = member.strip();
            if (stripped.isEmpty()) {
                continue;
            }
            members++;
            if (members > MOST_MEMBERS || !MEMBER_FORM.matcher(stripped).matches()) {
                return false;
            }
        }
        return members > 0;
    }
}
