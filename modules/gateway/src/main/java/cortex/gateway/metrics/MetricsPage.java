package cortex.gateway.metrics;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/// Serves `GET /metrics` on the metrics' own port.
public final class MetricsPage implements Handler {
    private final GatewayMetrics metrics;

    /// Shows `metrics`.
    public MetricsPage(GatewayMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, GatewayMetrics.CONTENT_TYPE);
        response.send(metrics.scrape().getBytes(StandardCharsets.UTF_8));
    }
}
