package cortex.gateway.admission;

import cortex.core.dialect.RequestScan;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.security.SecureRandom;
import java.util.List;

/// Which conversation a request belongs to, so that it finds the replica that has its prefix
/// cached: by the headers that agents send (Claude Code, Codex and others), else by what the body
/// says. Of two clients no conversation is the same, so that none can steer another's requests, or
/// see from its own where those go.
public final class Conversations {
    private static final List<HeaderName> SESSION =
            List.of(
                    HeaderNames.create("x-claude-code-session-id"),
                    HeaderNames.create("x-session-id"),
                    HeaderNames.create("session_id"),
                    HeaderNames.create("session-id"),
                    HeaderNames.create("conversation_id"),
                    HeaderNames.create("x-conversation-id"),
                    HeaderNames.create("x-opencode-session"),
                    HeaderNames.create("x-session-affinity"));

    /// Longer ones are no names.
    private static final int LONGEST = 256;

    /// Keeps clients from finding a name whose number is another's.
    private static final long SALT = new SecureRandom().nextLong();

    private Conversations() {}

    /// A number for a client's conversation, 0 when it is not known.
    public static long of(String client, Headers headers, RequestScan scan) {
        long named = named(headers, scan);
        if (named == 0) {
            return 0;
        }
        long its =
                mixed(
                        mixed(named + SALT)
                                + RequestScan.conversation(client)
                                + Long.rotateLeft(SALT, 29));
        return its == 0 ? 1 : its;
    }

    /// Every bit of the result depends on every bit of `x` (the finaliser of SplitMix64).
    private static long mixed(long x) {
        long a = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
        return b ^ (b >>> 31);
    }

    private static long named(Headers headers, RequestScan scan) {
        for (HeaderName name : SESSION) {
            if (headers.contains(name)) {
                String id = headers.get(name).get();
                if (!id.isBlank() && id.length() <= LONGEST) {
                    return RequestScan.conversation(id);
                }
            }
        }
        return scan.conversation();
    }
}
