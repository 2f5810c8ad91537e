package cortex.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Starts gateways over nodes with make-believe devices.
final class Gateways {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /// Hears from its nodes often, and lets go of models soon.
    static final String QUICK =
            """
            [polling]
            interval = "250ms"
            timeout = "3s"
            misses = 2
            [eviction]
            min_residency = "500ms"
            """;

    private Gateways() {}

    /// A gateway that is ready, at work in `dir`, with more lines for its own table, more tables,
    /// and these models.
    static Program start(
            Path dir, List<GpuNode> nodes, String gateway, String tables, String models)
            throws IOException, InterruptedException {
        StringBuilder neurons = new StringBuilder();
        for (GpuNode node : nodes) {
            neurons.append(
                    """
                    [[neurons]]
                    name = "%s"
                    endpoint = "%s"
                    """
                            .formatted(node.name(), node.url()));
        }
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                %s
                %s
                %s
                """
                        .formatted(gateway, tables, neurons));
        Files.writeString(dir.resolve("models.toml"), models);
        List<String> serve = List.of("serve", "--config", "cortex.toml");
        Program cortex = Program.startReady("cortex", dir, serve);
        String ready = cortex.readyUrl(0) + "/ready";
        Stack.until("the gateway is ready", () -> get(ready).statusCode() == 200);
        return cortex;
    }

    /// A model of the demo engine; `args` are its further arguments, as TOML.
    static String model(String id, int vramMb, int devices, String args) {
        return """
        [[models]]
        id = "%s"
        harness = "demo"
        context = 8192
        parallel = 2
        vram_mb = %d
        min_devices = %d
        args = [%s]
        """
                .formatted(id, vramMb, devices, args);
    }

    static HttpResponse<String> get(String url) {
        return send(asOperator(HttpRequest.newBuilder(URI.create(url)), url));
    }

    /// With the operators' key where it goes to `/admin`.
    static HttpRequest.Builder asOperator(HttpRequest.Builder request, String url) {
        return url.contains("/admin/") ? request.header("x-api-key", Program.OPERATOR) : request;
    }

    static HttpResponse<String> post(String url, String json) {
        return send(
                asOperator(HttpRequest.newBuilder(URI.create(url)), url)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(
                    request.timeout(Duration.ofSeconds(60)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
