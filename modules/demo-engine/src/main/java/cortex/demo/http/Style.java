package cortex.demo.http;

import java.time.Duration;
import java.util.List;

/// How an engine's HTTP server behaves at the connection level. `headers` stand on every answer;
/// `idle` is how long an unused connection is kept; `requests` how many one connection may carry;
/// an error may close it.
public record Style(List<String> headers, Duration idle, int requests, boolean closesOnError) {
    /// llama-server (cpp-httplib): 5 s, 100 requests, the last of them answered with `Connection:
    /// close`.
    public static final Style LLAMA =
            new Style(
                    List.of("Server: llama.cpp", "Access-Control-Allow-Origin: "),
                    Duration.ofSeconds(5),
                    100,
                    true);

    /// mistral.rs (axum on hyper): no limits.
    public static final Style MISTRALRS =
            new Style(
                    List.of("Access-Control-Allow-Origin: *"),
                    Duration.ofHours(1),
                    Integer.MAX_VALUE,
                    false);

    public Style {
        headers = List.copyOf(headers);
    }
}
