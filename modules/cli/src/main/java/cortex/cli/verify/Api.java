package cortex.cli.verify;

import cortex.cli.terminal.ConnectionTrouble;
import cortex.cli.terminal.GatewayClient;
import cortex.core.config.problem.FileTrouble;
import cortex.core.node.Json;
import cortex.core.time.Time;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The gateway's HTTP API, with nothing between: status, headers and bytes as they come. No answer
/// is waited for longer than the patience.
final class Api {
    /// The most that is read of an answer.
    static final int LONGEST = 64 << 20;

    private final HttpClient http;
    private final String url;
    private final String key;
    private final String operatorsKey;
    private final Time time;

    /// The gateway at `url`, which is asked with these keys.
    Api(String url, VerifyCommand.Keys keys, HttpClient http, Time time) {
        this.url = GatewayClient.base(url);
        this.key = keys.clients();
        this.operatorsKey = keys.operators();
        this.http = http;
        this.time = time;
    }

    Time time() {
        return time;
    }

    /// A complete answer.
    record Answer(int status, HttpHeaders headers, String text) {
        JsonNode json() throws Unfulfilled {
            try {
                return Json.MAPPER.readTree(text);
            } catch (JacksonException e) {
                throw Unfulfilled.failed(status + ": the body is no JSON: " + text);
            }
        }

        boolean ok() {
            return status == 200;
        }

        boolean isType(String type) {
            return headers.firstValue("content-type").orElse("").startsWith(type);
        }

        /// The answer's status and the sentence in it.
        String refusal() {
            String said;
            try {
                said = Json.MAPPER.readTree(text).path("error").path("message").asString(text);
            } catch (JacksonException e) {
                said = text;
            }
            return status + ": " + said;
        }
    }

    Answer get(String path) throws Unfulfilled, InterruptedException {
        return whole(request(path).GET(), Duration.ofSeconds(20));
    }

    /// What the gateway says of a model; `name` is an id or an alias.
    Answer model(String name) throws Unfulfilled, InterruptedException {
        String id = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return get("/v1/models/" + id);
    }

    Answer post(String path, String body, Duration patience)
            throws Unfulfilled, InterruptedException {
        return whole(posting(path, body), patience);
    }

    private Answer whole(HttpRequest.Builder request, Duration patience)
            throws Unfulfilled, InterruptedException {
        try (Stream stream = send(request, patience)) {
            String text = new String(stream.in().readNBytes(LONGEST), StandardCharsets.UTF_8);
            return new Answer(stream.status(), stream.headers(), text);
        } catch (IOException e) {
            throw Unfulfilled.failed("the answer broke off: " + FileTrouble.words(e));
        }
    }

    /// A POST whose answer is read as it comes.
    Stream open(String path, String body, Duration patience)
            throws Unfulfilled, InterruptedException {
        return send(posting(path, body), patience);
    }

    private HttpRequest.Builder posting(String path, String body) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
        String shown = path.startsWith("/admin/") ? operatorsKey : key;
        return shown.isEmpty() ? request : request.header("Authorization", "Bearer " + shown);
    }

    private Stream send(HttpRequest.Builder request, Duration patience)
            throws Unfulfilled, InterruptedException {
        try {
            HttpRequest built = request.timeout(patience).build();
            return new Stream(
                    http.send(built, HttpResponse.BodyHandlers.ofInputStream()), patience, time);
        } catch (HttpTimeoutException e) {
            throw Unfulfilled.failed("no answer within " + patience.toSeconds() + " s");
        } catch (IOException e) {
            throw Unfulfilled.failed("no answer: " + ConnectionTrouble.of(e).reason());
        }
    }

    /// An answer under way. Closing it leaves the rest unread and the connection closed; one that
    /// has not ended when the patience has is closed from here.
    static final class Stream implements AutoCloseable {
        private final HttpResponse<InputStream> response;
        private final Thread watchdog;

        private Stream(HttpResponse<InputStream> response, Duration patience, Time time) {
            this.response = response;
            this.watchdog =
                    Thread.ofVirtual()
                            .name("patience")
                            .start(() -> {
                                try {
                                    time.sleep(patience);
                                    response.body().close();
                                } catch (InterruptedException | IOException e) {
                                    // The answer has ended, or cannot be read any more.
                                }
                            });
        }

        int status() {
            return response.statusCode();
        }

        HttpHeaders headers() {
            return response.headers();
        }

        InputStream in() {
            return response.body();
        }

        @Override
        public void close() {
            watchdog.interrupt();
            try {
                response.body().close();
            } catch (IOException e) {
                // It is not read any more in any case.
            }
        }
    }
}
