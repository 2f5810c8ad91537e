package cortex.demo.http;

import java.time.Duration;
import java.util.List;

/// How an engine's HTTP server behaves at the connection level. `headers` stand on every answer;
/// `idle` is how long an unused connection is kept; `requests` how many one connection may carry;
/// `names` is how the server spells header names.
public record Style(List<String> headers, Duration idle, int requests, Names names) {
    /// cpp-httplib writes `Content-Type`, hyper writes `content-type`.
    public enum Names {
        /// As in the RFCs.
        TITLE,
        /// All lower case, with a `date`, and no word about keep-alive.
        LOWER
    }

    /// llama-server: 5 s, 100 requests, the last of them answered with `Connection: close`.
    public static final Style LLAMA =
            new Style(
                    List.of("Server: llama.cpp", "Access-Control-Allow-Origin: "),
                    Duration.ofSeconds(5),
                    100,
                    Names.TITLE);

    /// mistral.rs: axum on hyper, no limits.
    public static final Style MISTRALRS =
            new Style(
                    List.of(
                            "vary: origin, access-control-request-method,"
                                    + " access-control-request-headers",
                            "access-control-allow-origin: *"),
                    Duration.ofHours(1),
                    Integer.MAX_VALUE,
                    Names.LOWER);

    public Style {
        headers = List.copyOf(headers);
    }

    String name(String title) {
        return names == Names.TITLE ? title : title.toLowerCase(java.util.Locale.ROOT);
    }
}
