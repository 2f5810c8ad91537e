package cortex.relay.http;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Which content types an engine's answer may have: what the APIs know, and nothing that a browser
/// would run. Whatever else an engine says becomes bytes to be stored, not shown; with
/// `X-Content-Type-Options: nosniff` no browser guesses again. Pure.
public final class ContentTypes {
    /// For all that is not on the list.
    public static final String BYTES = "application/octet-stream";

    private static final String JSON = "application/json";

    private static final Set<String> KNOWN =
            Set.of(
                    JSON,
                    "application/x-ndjson",
                    "text/event-stream",
                    "text/plain",
                    "image/png",
                    "image/jpeg",
                    "image/webp",
                    "image/gif",
                    BYTES);

    private static final Pattern AUDIO = Pattern.compile("audio/[a-z0-9.+-]{1,40}");
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*[A-Za-z0-9-]{1,40}=[A-Za-z0-9._-]{1,40}\\s*");

    private ContentTypes() {}

    /// What to call an answer whose engine gave these types; of none it is JSON.
    public static String of(List<String> told) {
        if (told.isEmpty()) {
            return JSON;
        }
        String[] parts = told.getFirst().split(";", -1);
        String type = parts[0].strip().toLowerCase(Locale.ROOT);
        boolean known = KNOWN.contains(type) || AUDIO.matcher(type).matches();
        if (told.size() > 1 || !known) {
            return BYTES;
        }
        StringBuilder safe = new StringBuilder(type);
        for (int i = 1; i < parts.length; i++) {
            if (PARAMETER.matcher(parts[i]).matches()) {
                safe.append("; ").append(parts[i].strip());
            }
        }
        return safe.toString();
    }
}
