package cortex.gateway.admission;

import cortex.core.dialect.RequestScan;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.List;

/// Which conversation a request belongs to, so that it finds the replica that has its prefix
/// cached: by the headers that agents send (Claude Code, Codex and others), else by what the body
/// says.
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

    private Conversations() {}

    /// A number for the conversation, 0 when it is not known.
    public static long of(Headers headers, RequestScan scan) {
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
