package cortex.gateway.nodes;

import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.failure.Failure;
import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.log.Quantity;
import cortex.core.node.Discovery;
import cortex.core.node.FailureCause;
import cortex.core.node.HarnessHealth;
import cortex.core.node.Json;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.core.node.UnloadRequest;
import cortex.gateway.nodes.NeuronException.Kind;
import cortex.relay.pump.UnprovenPeerException;
import cortex.relay.tls.TlsFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/// The neuron API over HTTP/1.1. Holds no state of its own; the HTTP client may be shared.
public final class HttpNeuronClient implements NeuronClient {
    private static final int MAX_MESSAGE = 400;

    /// Reads one entry of a list, which the next one follows.
    private static final ObjectReader LISTED =
            Json.MAPPER
                    .readerFor(ModelInfo.class)
                    .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;
    private static final String SHUTTING_DOWN = new Failure.ShuttingDown().outcome();
    private static final System.Logger LOG = System.getLogger(HttpNeuronClient.class.getName());

    private final HttpClient http;
    private final URI neuron;
    private final NodeIdentity identity;
    private final Patience patience;
    private final ReportRules rules;

    /// How long answers may take: to readings, to a load (which the neuron only notes), and to an
    /// unload or a restart (which it carries out first).
    public record Patience(Duration reading, Duration load, Duration unload) {}

    /// A client of the neuron at that base URL, which believes what keeps to the rules; of the
    /// neuron nothing else is known.
    public HttpNeuronClient(HttpClient http, URI neuron, Patience patience, ReportRules rules) {
        this(http, neuron, NodeIdentity.unknown(neuron), patience, rules);
    }

    /// The same for a neuron whose answers count when they prove its identity.
    public HttpNeuronClient(
            HttpClient http,
            URI neuron,
            NodeIdentity identity,
            Patience patience,
            ReportRules rules) {
        this.http = http;
        this.neuron = neuron;
        this.identity = identity;
        this.patience = patience;
        this.rules = rules;
    }

    @Override
    public Discovery discovery() throws NeuronException, InterruptedException {
        return rules.checked(get("/discovery", Discovery.class));
    }

    @Override
    public NodeHealth health() throws NeuronException, InterruptedException {
        return rules.checked(get("/health", NodeHealth.class));
    }

    @Override
    public List<ModelInfo> models() throws NeuronException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri("/models")).GET().build();
        byte[] body = send(identity.ask(request, null), patience.reading);
        List<ModelInfo> models = new ArrayList<>();
        try (JsonParser json = Json.MAPPER.createParser(body)) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw NeuronException.failed(
                        Kind.UNANSWERED, "answered with no list of models", null);
            }
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (models.size() == rules.limits().maxModels()) {
                    throw NeuronException.failed(
                            Kind.BROKEN,
                            "lists more than " + models.size() + " models (max_report_models)",
                            null);
                }
                ModelInfo model = LISTED.readValue(json);
                complete(model);
                complete(model.id(), model.status(), model.replica());
                models.add(rules.checked(model));
            }
        } catch (JacksonException | NullPointerException e) {
            throw NeuronException.failed(Kind.UNANSWERED, "answered with no proper JSON", e);
        }
        return models;
    }

    @Override
    public @Nullable FilesReport files(FilesQuestion question, @Nullable String known)
            throws NeuronException, InterruptedException {
        String path = "/files/" + question.version();
        try {
            String since = known == null ? path : path + "/since/" + known;
            return rules.checked(get(since, FilesReport.class), question);
        } catch (NeuronException e) {
            if (!e.notFound()) {
                throw e;
            }
        }
        try {
            FilesReport report = send("PUT", path, question, FilesReport.class, patience.reading);
            return rules.checked(report, question);
        } catch (NeuronException e) {
            if (e.notFound()) {
                return null;
            }
            throw e;
        }
    }

    /// What comes from the wire may lack what its record promises.
    private static void complete(@Nullable Object... fields) throws NeuronException {
        for (Object field : fields) {
            if (field == null) {
                throw NeuronException.failed(
                        Kind.UNANSWERED, "answered with JSON that lacks something", null);
            }
        }
    }

    @Override
    public LoadResponse load(LoadRequest request) throws NeuronException, InterruptedException {
        LoadResponse answer = post("/models/load", request, LoadResponse.class, patience.load);
        complete(answer.replica());
        ReportRules.checkName(answer.replica(), "a replica's id");
        return answer;
    }

    @Override
    public void unload(UnloadRequest request) throws NeuronException, InterruptedException {
        post("/models/unload", request, UnloadRequest.Answer.class, patience.unload);
    }

    @Override
    public void restart(String harness) throws NeuronException, InterruptedException {
        post(
                "/harnesses/" + harness + "/restart",
                new HarnessHealth.Restart(true),
                HarnessHealth.Restarted.class,
                patience.unload);
    }

    @Override
    public Endpoint endpoint(String model) throws NeuronException, InterruptedException {
        var answer = get("/models/" + model + "/endpoint", ModelInfo.Endpoint.class);
        complete(answer.url(), answer.engineModel(), answer.replica());
        ReportRules.checkName(answer.url(), "an engine's address");
        ReportRules.checkName(answer.engineModel(), "an engine's model");
        ReportRules.checkName(answer.replica(), "a replica's id");
        try {
            URI url = Endpoints.fromHere(neuron, answer.url(), rules.engineHosts());
            return new Endpoint(url, answer.engineModel(), answer.replica());
        } catch (IllegalArgumentException e) {
            throw NeuronException.failed(
                    Kind.UNANSWERED,
                    "gives an engine's address that is not used: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public String log(String model) throws NeuronException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri("/models/" + model + "/log")).GET().build();
        byte[] text = send(identity.ask(request, null), patience.reading);
        return new String(text, StandardCharsets.UTF_8);
    }

    private <T> T get(String path, Class<T> type) throws NeuronException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri(path)).GET().build();
        return read(send(identity.ask(request, null), patience.reading), type);
    }

    private <T> T post(String path, Object body, Class<T> type, Duration atMost)
            throws NeuronException, InterruptedException {
        return send("POST", path, body, type, atMost);
    }

    private <T> T send(String method, String path, Object body, Class<T> type, Duration atMost)
            throws NeuronException, InterruptedException {
        byte[] json = Json.MAPPER.writeValueAsBytes(body);
        makeSure();
        HttpRequest request =
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(json))
                        .build();
        return read(send(identity.ask(request, json), atMost), type);
    }

    private void makeSure() throws NeuronException, InterruptedException {
        try {
            identity.makeSure(http);
        } catch (UnprovenPeerException e) {
            throw NeuronException.failed(Kind.UNREACHED, String.valueOf(e.getMessage()), e);
        }
    }

    /// Slashes in a model's id stay slashes; all that a path may not hold is escaped.
    private URI uri(String path) throws NeuronException {
        try {
            String base = neuron.getPath() == null ? "" : neuron.getPath();
            return new URI(neuron.getScheme(), neuron.getAuthority(), base + path, null, null);
        } catch (URISyntaxException e) {
            throw NeuronException.failed(Kind.UNREACHED, "no URL can be made for " + path, e);
        }
    }

    private byte[] send(NodeIdentity.Question question, Duration atMost)
            throws NeuronException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> pending =
                http.sendAsync(question.request(), _ -> new LimitedBody(rules.limits().maxBytes()));
        try {
            HttpResponse<byte[]> answer = pending.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            if (!question.proven(answer.statusCode(), answer.headers())) {
                String why = NodeIdentity.unproven(answer.statusCode());
                throw NeuronException.unproven(answer.statusCode(), why);
            }
            if (answer.statusCode() != OK) {
                throw refused(answer);
            }
            return answer.body();
        } catch (TimeoutException e) {
            identity.doubt();
            String text = "did not answer within " + Quantity.of(atMost);
            throw NeuronException.failed(Kind.UNANSWERED, text, e);
        } catch (ExecutionException | CancellationException e) {
            identity.doubt();
            throw failed(e);
        } finally {
            pending.cancel(true);
        }
    }

    private static NeuronException failed(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof LimitedBody.TooLong) {
            return NeuronException.failed(
                    Kind.BROKEN, "answered with more than it may (max_report)", cause);
        }
        if (cause instanceof HttpConnectTimeoutException) {
            return NeuronException.failed(
                    Kind.UNREACHED,
                    "accepted no connection within connect_timeout: is it running, is its port"
                            + " open?",
                    cause);
        }
        if (cause instanceof ConnectException) {
            boolean unknown = cause.getCause() instanceof UnresolvedAddressException;
            String text =
                    unknown
                            ? "its host name is not known"
                            : "refused the connection: is neuron running there?";
            return NeuronException.failed(Kind.UNREACHED, text, cause);
        }
        TlsFailure tls = TlsFailure.of(cause);
        if (tls != null) {
            Kind kind = tls.lasting() ? Kind.SHUT_OUT : Kind.UNREACHED;
            return NeuronException.failed(kind, tls.text(), cause);
        }
        if (cause instanceof ProtocolException) {
            String text =
                    "does not speak plain HTTP. If the neuron has a tls_cert, its endpoint must"
                            + " begin with https://";
            return NeuronException.failed(Kind.UNANSWERED, text, cause);
        }
        String text = cause instanceof IOException ? "the connection broke" : "the request failed";
        return NeuronException.failed(Kind.UNANSWERED, text, cause);
    }

    private static <T> T read(byte[] body, Class<T> type) throws NeuronException {
        try {
            T value = Json.MAPPER.readValue(body, type);
            if (value != null) {
                return value;
            }
        } catch (JacksonException | NullPointerException e) {
            throw NeuronException.failed(Kind.UNANSWERED, "answered with no proper JSON", e);
        }
        throw NeuronException.failed(Kind.UNANSWERED, "answered with null", null);
    }

    /// A neuron's no, in the sentence of its error envelope, or by the status alone. One that is
    /// shutting down is as good as gone, and so is one that takes the key for none of its own.
    private static NeuronException refused(HttpResponse<byte[]> answer) {
        String text = "answered " + answer.statusCode();
        String code = "";
        JsonNode error = Json.MAPPER.createObjectNode();
        try {
            error = Json.MAPPER.readTree(answer.body()).path("error");
            String message = error.path("message").asString("");
            String said = String.valueOf(ReportRules.words(error.path("reason").asString(message)));
            code = error.path("code").asString("");
            if (said.length() > MAX_MESSAGE) {
                text = said.substring(0, MAX_MESSAGE) + "…";
            } else if (!said.isBlank()) {
                text = said;
            }
        } catch (JacksonException e) {
            LOG.log(System.Logger.Level.TRACE, "a refusal that is no JSON", e);
        }
        if (code.equals(SHUTTING_DOWN)) {
            return NeuronException.failed(Kind.UNREACHED, "is shutting down", null);
        }
        if (answer.statusCode() == UNAUTHORIZED) {
            return NeuronException.failed(Kind.SHUT_OUT, "refuses this gateway: " + text, null);
        }
        Duration rest = RetryAfter.of(answer);
        return answer.statusCode() != UNAVAILABLE || rest == null
                ? NeuronException.refused(answer.statusCode(), text)
                : NeuronException.refused(UNAVAILABLE, text, notTried(error, text, rest));
    }

    private static NeuronException.LoadRefusal notTried(
            JsonNode error, String text, Duration rest) {
        Outcome how = Outcome.of(error.path("how").asString(""));
        SaidFailure said =
                SaidFailure.of(
                        error.path("ending").asString(null), error.path("reason").asString(null));
        String reason = said.reason() == null ? text : said.reason();
        FailureCause cause = said.cause();
        String line = cause == null ? null : cause.line();
        return new NeuronException.LoadRefusal(
                how == null ? Outcome.LOAD_FAILED : how,
                reason,
                reason.equals(line) ? null : line,
                rest);
    }
}
