package cortex.cli.terminal;

import cortex.core.log.SafeText;
import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import cortex.relay.tls.TlsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A running gateway's HTTP API. What goes wrong comes as a {@link CommandException} that says what
/// to do.
public final class GatewayClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LONGEST_REFUSAL = 64 << 10;
    private static final int LONGEST_LINE = 16 << 20;

    /// An answer in memory, of 64 MiB at most.
    private static final HttpResponse.BodyHandler<String> WHOLE =
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), 64 << 20);

    private final HttpClient http;
    private final String url;
    private final Keys.Shown shown;
    private boolean sure;

    /// The gateway at `url`, to which this key is shown.
    public GatewayClient(String url, Keys.Shown shown, HttpClient http) {
        this.url = base(url);
        this.shown = shown;
        this.http = http;
    }

    /// A client for a gateway, which is there soon or not at all. Its certificate is to be of the
    /// `authorities` of that file; with null, of those that Java trusts.
    public static HttpClient http(@Nullable Path authorities) {
        HttpClient.Builder http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(5));
        if (authorities == null) {
            return http.build();
        }
        try {
            PemFiles files = new PemFiles(null, null, authorities);
            return http.sslContext(new ReloadingTls(files, new SystemTime()).context()).build();
        } catch (TlsException e) {
            throw CommandException.calledWrongly("--cacert: " + e.getMessage() + ".");
        }
    }

    /// A gateway's URL as people have it for other clients too: slashes and `/v1` at its end mean
    /// nothing.
    public static String base(String url) {
        return url.replaceFirst("/+$", "").replaceFirst("/v1$", "").replaceFirst("/+$", "");
    }

    /// An answer's status and its JSON.
    public record Answer(int status, JsonNode body) {
        /// Whether it went well.
        public boolean ok() {
            return status == 200;
        }
    }

    public String url() {
        return url;
    }

    /// Makes sure once, without a key, that no neuron answers there, since keys for gateways are
    /// not for it.
    public void makeSure() throws InterruptedException {
        if (!sure && isNeuron(send(plain("/").timeout(PATIENCE).GET(), WHOLE).body())) {
            throw new CommandException(
                    url
                            + " is a neuron, not a gateway. Set --url or CORTEX_URL to the"
                            + " gateway's API, usually port 8000.");
        }
        sure = true;
    }

    private static boolean isNeuron(String body) {
        return body.contains("This is a neuron");
    }

    /// Whether it takes no client without a key.
    public boolean wantsKeys() throws InterruptedException {
        makeSure();
        int status = send(plain("/v1/models").timeout(PATIENCE).GET(), WHOLE).statusCode();
        return status == 401 || status == 403;
    }

    /// A GET whose answer is JSON whatever its status.
    public Answer get(String path) throws InterruptedException {
        makeSure();
        HttpResponse<String> response = send(request(path).timeout(PATIENCE).GET(), WHOLE);
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            throw new CommandException(refusal(path, response.statusCode(), response.body()));
        }
        return new Answer(response.statusCode(), json(response.body()));
    }

    /// The JSON of a page that every gateway has.
    public JsonNode page(String path) throws InterruptedException {
        Answer answer = get(path);
        if (answer.status() == 404) {
            throw new CommandException(notTheApi(path));
        }
        return answer.body();
    }

    private String notTheApi(String path) {
        return "what answers at "
                + url
                + " is not the API of cortex ("
                + path
                + ": 404). The API's port is listen in [gateway], usually 8000.";
    }

    /// A POST whose answer is JSON.
    public JsonNode post(String path, String body) throws InterruptedException {
        makeSure();
        HttpRequest.Builder request =
                request(path)
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<String> response = send(request, WHOLE);
        if (response.statusCode() != 200) {
            throw new CommandException(refusal(path, response.statusCode(), response.body()));
        }
        return json(response.body());
    }

    /// A POST whose answer is a stream; it is the caller's to close. Reading a line of more than 16
    /// MiB fails.
    public InputStream stream(String path, String body) throws InterruptedException, IOException {
        makeSure();
        HttpRequest.Builder request =
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<InputStream> response =
                send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            try (InputStream in = response.body()) {
                String text =
                        new String(
                                in.readNBytes(LONGEST_REFUSAL),
                                java.nio.charset.StandardCharsets.UTF_8);
                throw new CommandException(refusal(path, response.statusCode(), text));
            }
        }
        return new LimitedLines(response.body(), LONGEST_LINE);
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = plain(path);
        return shown.key().isEmpty()
                ? request
                : request.header("Authorization", "Bearer " + shown.key());
    }

    private HttpRequest.Builder plain(String path) {
        try {
            return HttpRequest.newBuilder(URI.create(url + path));
        } catch (IllegalArgumentException e) {
            throw CommandException.calledWrongly(
                    "'" + url + "' is not the URL of a gateway; it looks like http://host:8000.");
        }
    }

    private <T> HttpResponse<T> send(
            HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler)
            throws InterruptedException {
        try {
            return http.send(request.build(), handler);
        } catch (IOException e) {
            ConnectionTrouble trouble = ConnectionTrouble.of(e);
            throw new CommandException(
                    "no answer from %s (%s). %s".formatted(url, trouble.reason(), trouble.next()));
        }
    }

    private JsonNode json(String body) {
        try {
            return Json.MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw new CommandException(
                    "the program at "
                            + url
                            + " is not cortex: it does not answer in JSON. Check --url.");
        }
    }

    /// The sentence of an error envelope.
    private String refusal(String path, int status, String body) {
        String said = "";
        try {
            JsonNode error = Json.MAPPER.readTree(body).path("error");
            if (status == 404 && error.path("code").asString("").equals("unknown_url")) {
                return notTheApi(path);
            }
            said = error.path("message").asString("");
        } catch (JacksonException e) {
            said = body.lines().findFirst().orElse("");
        }
        String hint =
                switch (status) {
                    case 401, 403 ->
                            " The command sent "
                                    + shown.source()
                                    + ". Set an API key as CORTEX_API_KEY, an admin key as"
                                    + " CORTEX_ADMIN_KEY or with --admin-key-file.";
                    default -> "";
                };
        said = SafeText.line(said);
        return (said.isBlank() ? "the gateway answered " + status + "." : said) + hint;
    }
}
