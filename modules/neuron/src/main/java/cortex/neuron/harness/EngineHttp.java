package cortex.neuron.harness;

import cortex.core.node.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Asks engines small questions over HTTP, with the engine's key where it has one: never waits
/// longer than told, never reads more than 1 MiB. Safe for use by many threads.
public final class EngineHttp {
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final int LARGEST = 1 << 20;

    private final HttpClient client;
    private final @Nullable String key;

    private EngineHttp(HttpClient client, @Nullable String key) {
        this.client = client;
        this.key = key;
    }

    /// A client of its own; holds connections while it is used.
    public EngineHttp() {
        this(
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .executor(
                                Executors.newThreadPerTaskExecutor(
                                        Thread.ofVirtual().name("engine-http-", 0).factory()))
                        .build(),
                null);
    }

    /// The same client for an engine that asks for this key; null for one that asks for none.
    EngineHttp withKey(@Nullable String engineKey) {
        return new EngineHttp(client, engineKey);
    }

    /// An answer; `json` is null when the body is not JSON.
    public record Answer(int status, String text, @Nullable JsonNode json) {
        /// A text field of the JSON body, or null.
        public @Nullable String field(String name) {
            JsonNode node = json == null ? null : json.get(name);
            return node == null || !node.isString() ? null : node.stringValue();
        }
    }

    /// Asks.
    ///
    /// @throws IOException when nothing answers in time
    public Answer get(URI base, String path, Duration within)
            throws IOException, InterruptedException {
        return send(request(base, path, within).GET().build());
    }

    /// Tells.
    ///
    /// @throws IOException when nothing answers in time
    public Answer post(URI base, String path, Object body, Duration within)
            throws IOException, InterruptedException {
        byte[] json = Json.MAPPER.writeValueAsBytes(body);
        return send(
                request(base, path, within)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(json))
                        .build());
    }

    private HttpRequest.Builder request(URI base, String path, Duration within) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(within);
        return key == null ? builder : builder.header("Authorization", "Bearer " + key);
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        byte[] bytes;
        try (InputStream body = response.body()) {
            bytes = body.readNBytes(LARGEST);
        }
        return new Answer(
                response.statusCode(), new String(bytes, StandardCharsets.UTF_8), json(bytes));
    }

    /// Why no answer came, as the end of a sentence without its dot.
    public static String words(IOException trouble) {
        return switch (trouble) {
            case ConnectException _ -> "connection refused";
            case HttpTimeoutException _ -> "no answer in time";
            default -> "the connection broke";
        };
    }

    private static @Nullable JsonNode json(byte[] bytes) {
        try {
            return Json.MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            return null;
        }
    }
}
