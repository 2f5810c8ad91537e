package cortex.cli.verify;

import cortex.cli.LoopbackGateway;
import cortex.core.node.Json;
import cortex.relay.http.RunningServer;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// A gateway with a model that does as it is told, over chat completions only, but for what is
/// wrong with it.
final class ScriptedGateway implements AutoCloseable {
    /// What can be wrong.
    enum Fault {
        /// The counts of a stream are others than those of a whole answer.
        COUNTS,
        /// An answer that is cut says that it ended.
        CUT_SAYS_STOP,
        /// A tool call's arguments are no JSON.
        ARGUMENTS,
        /// Parallel calls have one id.
        IDS,
        /// The stream ends without its last event.
        NO_DONE,
        /// Requests stay in flight for ever.
        LEAK,
        /// After streams that were left, nothing is answered any more.
        DEAF,
        /// Answers are longer than they may be.
        NO_LIMIT,
        /// What does not fit is answered all the same.
        OVERFLOWS,
        /// A conversation that goes on after a tool's result is refused.
        RESULTS,
        /// Errors are plain text.
        ERRORS,
        /// A stream of text stops in the middle, and the connection stays.
        HANGS,
        /// Embeddings in base64 are of another length than as numbers.
        VECTORS,
        /// Of two documents one has no score.
        RANKS,
        /// Everything is refused.
        DOWN
    }

    private static final int CONTEXT = 100;
    private static final String TINY = "{\"id\":\"tiny\",\"max_input_tokens\":" + CONTEXT + "}";
    private static final String ALIAS = "{\"id\":\"small\",\"root\":\"tiny\"}";
    private static final String VECTORS =
            "{\"id\":\"vectors\",\"capabilities\":{\"embeddings\":true}}";

    private static final String RANKS =
            "{\"id\":\"ranks\",\"capabilities\":{\"embeddings\":true,\"rerank\":true}}";

    private final Set<Fault> faults;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicBoolean left = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final RunningServer server;

    ScriptedGateway(Fault... faults) {
        this.faults = EnumSet.noneOf(Fault.class);
        this.faults.addAll(Set.of(faults));
        server = LoopbackGateway.with(this::routes);
    }

    /// How many streams there were at once.
    int mostStreams() {
        return most.get();
    }

    String url() {
        return "http://" + server.address();
    }

    private void routes(HttpRouting.Builder routes) {
        routes.get("/v1/models/tiny", (_, response) -> response.send(TINY))
                .get("/v1/models/small", (_, response) -> response.send(ALIAS))
                .get("/v1/models/vectors", (_, response) -> response.send(VECTORS))
                .get("/v1/models/ranks", (_, response) -> response.send(RANKS))
                .post("/v1/embeddings", this::embed)
                .post("/v1/rerank", (_, response) -> response.send(ranks()))
                .get("/admin/fleet", (_, response) -> response.send(fleet()))
                .post("/v1/chat/completions", this::chat);
    }

    private String fleet() {
        return "{\"replicas\":[{\"model\":\"tiny\",\"slots\":3,\"in_flight\":"
                + inFlight.get()
                + "}]}";
    }

    private String ranks() {
        String score = faults.contains(Fault.RANKS) ? "" : ",\"relevance_score\":0.1";
        return "{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0" + score + "}]}";
    }

    private void embed(ServerRequest request, ServerResponse response) {
        boolean packed = request.content().as(String.class).contains("base64");
        String bytes = faults.contains(Fault.VECTORS) ? "AAAAAA==" : "AAAAAAAAAAA=";
        String vector = packed ? "\"" + bytes + "\"" : "[0.0,0.0]";
        String data = "{\"index\":%d,\"embedding\":" + vector + "}";
        response.send(
                "{\"data\":[" + data.formatted(0) + "," + data.formatted(1) + "],\"usage\":{}}");
    }

    private void chat(ServerRequest request, ServerResponse response) {
        String text = request.content().as(String.class);
        JsonNode body;
        try {
            body = Json.MAPPER.readTree(text);
        } catch (tools.jackson.core.JacksonException e) {
            error(response, Status.BAD_REQUEST_400);
            return;
        }
        if (!Set.of("tiny", "small").contains(body.path("model").asString(""))) {
            error(response, body.has("model") ? Status.NOT_FOUND_404 : Status.BAD_REQUEST_400);
            return;
        }
        if (text.length() > 5 * CONTEXT
                && text.contains("word")
                && !faults.contains(Fault.OVERFLOWS)) {
            error(response, Status.BAD_REQUEST_400, "context_length_exceeded");
            return;
        }
        if (faults.contains(Fault.DOWN)) {
            error(response, Status.SERVICE_UNAVAILABLE_503);
            return;
        }
        answer(body, response);
    }

    private void error(ServerResponse response, Status status) {
        error(response, status, "none");
    }

    private void error(ServerResponse response, Status status, String code) {
        response.status(status).header("request-id", "r").header("x-request-id", "r");
        response.send(
                faults.contains(Fault.ERRORS)
                        ? "no"
                        : "{\"error\":{\"message\":\"no\",\"type\":\"t\",\"code\":\""
                                + code
                                + "\"}}");
    }

    private void answer(JsonNode body, ServerResponse response) {
        boolean stream = body.path("stream").asBoolean(false);
        JsonNode last = body.path("messages").path(body.path("messages").size() - 1);
        boolean result = last.path("role").asString("").equals("tool");
        if (result && faults.contains(Fault.RESULTS)) {
            error(response, Status.BAD_REQUEST_400);
            return;
        }
        int calls = result ? 0 : body.path("tools").size();
        boolean endless = last.path("content").asString("").contains("forever");
        int limit = body.path("max_tokens").asInt();
        boolean cut = endless && limit < 100;
        String reason = calls > 0 ? "tool_calls" : cut ? "length" : "stop";
        if (cut && faults.contains(Fault.CUT_SAYS_STOP)) {
            reason = "stop";
        }
        int tokens = cut ? limit + (faults.contains(Fault.NO_LIMIT) ? 90 : 0) : 7;
        int prompt = stream && faults.contains(Fault.COUNTS) ? 90 : 9;
        String usage =
                "\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}"
                        .formatted(prompt, tokens, prompt + tokens);
        String message = calls > 0 ? calls(calls) : "\"content\":\"Hello.\"";
        if (!stream) {
            awaitHearing();
            response.header(HeaderValues.CONTENT_TYPE_JSON);
            response.send(
                    ("{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"tiny\",\"choices\":"
                                    + "[{\"index\":0,\"message\":{\"role\":\"assistant\",%s},"
                                    + "\"finish_reason\":\"%s\"}],%s}")
                            .formatted(message, reason, usage));
            return;
        }
        response.header("content-type", "text/event-stream");
        most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        boolean leaks = faults.contains(Fault.LEAK) && endless && !cut;
        try (OutputStream out = response.outputStream()) {
            stream(out, message, endless && !cut);
            event(out, chunk("{}", ",\"finish_reason\":\"" + reason + "\"", ""));
            event(
                    out,
                    "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],"
                            + usage
                            + "}");
            if (!faults.contains(Fault.NO_DONE)) {
                event(out, "[DONE]");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the client has left
        } finally {
            left.compareAndSet(false, endless && !cut);
            inFlight.addAndGet(leaks ? 0 : -1);
        }
    }

    private void awaitHearing() {
        try {
            if (faults.contains(Fault.DEAF) && left.get()) {
                closing.await(30, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stream(OutputStream out, String message, boolean endless) throws IOException {
        event(out, chunk("{\"role\":\"assistant\",\"content\":null}", "", ""));
        event(out, chunk("{" + message + "}", "", ""));
        if (faults.contains(Fault.HANGS) && message.contains("Hello")) {
            stay(out);
        }
        while (endless) {
            event(out, chunk("{\"content\":\"1 \"}", "", ""));
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    /// Nothing but comments until the client has left.
    private static void stay(OutputStream out) throws IOException {
        while (true) {
            out.write(":\n\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    private static String chunk(String delta, String finish, String more) {
        return ("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
                        + "\"delta\":%s%s}]%s}")
                .formatted(delta, finish, more);
    }

    private static void event(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private String calls(int count) {
        StringBuilder calls = new StringBuilder("\"content\":\"\",\"tool_calls\":[");
        String[] names = {"get_weather", "get_time"};
        for (int i = 0; i < count; i++) {
            String arguments = faults.contains(Fault.ARGUMENTS) ? "{city" : "{}";
            calls.append(i > 0 ? "," : "")
                    .append("{\"index\":" + i + ",\"id\":\"call")
                    .append(faults.contains(Fault.IDS) ? 0 : i)
                    .append("\",\"type\":\"function\",\"function\":{\"name\":\"" + names[i])
                    .append("\",\"arguments\":\"" + arguments + "\"}}");
        }
        return calls.append(']').toString();
    }

    @Override
    public void close() {
        closing.countDown();
        server.close();
    }
}
