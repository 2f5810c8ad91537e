package cortex.gateway.serve;

import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.TokenEstimate;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.ChatRepair;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.gateway.http.Endpoint;
import cortex.gateway.proxy.EngineRequest;
import cortex.gateway.serve.translate.Dialect;
import cortex.gateway.serve.translate.MessagesDialect;
import cortex.gateway.serve.translate.ResponsesDialect;
import cortex.gateway.serve.translate.Translation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What an engine is asked for a client: the client's own words, put right where engines would trip
/// over them, or their translation. For one thread.
final class Asked {
    private static final double BYTES_A_TOKEN = 3.6;

    private final Call call;
    private final EngineKind kind;
    private final boolean usageAsked;
    private final @Nullable Translation translation;
    private byte[] body;
    private EngineRequest request;

    private Asked(
            Call call,
            EngineKind kind,
            byte[] body,
            RequestScan scan,
            @Nullable Translation translation) {
        this.call = call;
        this.kind = kind;
        this.body = body;
        this.usageAsked = scan.includeUsage();
        this.translation = translation;
        this.request = request(scan);
    }

    /// For the request in `body`, of which `scan` is, to be answered by `target`; it came at `now`.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    static Asked of(Call call, Target target, byte[] body, RequestScan scan, Instant now) {
        EngineKind kind = target.kind();
        Dialect dialect =
                switch (call.endpoint()) {
                    case MESSAGES ->
                            new MessagesDialect(call.scope().id(), call.reply()::writeEvents);
                    case RESPONSES ->
                            new ResponsesDialect(now.getEpochSecond(), call.reply()::writeEvents);
                    case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, RERANK, COUNT_TOKENS -> null;
                };
        if (dialect != null) {
            Translation translation = new Translation(dialect, body, target);
            call.reply().speakAs(translation);
            byte[] chat = translation.request().bytes();
            return new Asked(call, kind, chat, RequestScan.ofTranslated(chat), translation);
        }
        if (call.endpoint() == Endpoint.CHAT_COMPLETIONS && ChatRepair.needed(scan, kind)) {
            byte[] repaired = ChatRepair.repaired(body, scan, kind);
            return new Asked(call, kind, repaired, RequestScan.of(repaired), null);
        }
        return new Asked(call, kind, body, scan, null);
    }

    private EngineRequest request(RequestScan scan) {
        boolean own = translation == null;
        return new EngineRequest(
                call.scope().request().headers(),
                body,
                scan,
                own ? call.endpoint().path() : Endpoint.CHAT_COMPLETIONS.path(),
                call.scope().id());
    }

    /// The request as an engine is to get it.
    EngineRequest request() {
        return request;
    }

    /// The translation, or null when the client's dialect is the engine's.
    @Nullable Translation translation() {
        return translation;
    }

    /// Whether the client wants a chunk of its own that tells usage.
    boolean usageAsked() {
        return usageAsked;
    }

    /// Which engine's form it is in.
    EngineKind kind() {
        return kind;
    }

    /// The length of its body in bytes.
    int length() {
        return body.length;
    }

    /// The chat request it is, or null when it is none.
    @Nullable ObjectNode chat() {
        if (translation != null) {
            return translation.request().body();
        }
        return call.endpoint() == Endpoint.CHAT_COMPLETIONS ? ChatJson.object(body) : null;
    }

    /// Takes note of what is known of the model now. What was translated knowing less is translated
    /// again, which may show that the model cannot take it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    void learn(Target now) {
        if (translation != null && translation.learn(now)) {
            retranslated(translation);
        }
    }

    private void retranslated(Translation again) {
        body = again.request().bytes();
        request = request(RequestScan.ofTranslated(body));
    }

    /// Makes the request simpler after an engine's refusal; whether another try makes sense.
    boolean simplify(Failure failure) {
        if (translation == null || !translation.simplify(failure)) {
            return false;
        }
        retranslated(translation);
        return true;
    }

    /// The failure in words that agents act on: an overflow with numbers, guessed where the engine
    /// did not tell.
    Failure worded(Failure failure) {
        boolean guess =
                failure instanceof Failure.ContextOverflow overflow
                        && overflow.promptTokens() == null;
        return guess ? EngineErrors.counted(failure, estimate()) : failure;
    }

    private long estimate() {
        ObjectNode chat = chat();
        return chat == null
                ? Math.round(Math.ceil(body.length / BYTES_A_TOKEN))
                : TokenEstimate.of(chat);
    }
}
