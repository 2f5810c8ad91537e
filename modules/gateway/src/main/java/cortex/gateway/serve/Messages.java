package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.anthropic.AnthropicErrors;
import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.anthropic.request.Target;
import cortex.core.dialect.anthropic.request.TranslatedRequest;
import cortex.core.dialect.anthropic.stream.Answer;
import cortex.core.dialect.anthropic.stream.MessageStream;
import cortex.core.dialect.anthropic.stream.SseMessage;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.tool.ToolSchemas;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.gateway.proxy.EngineRequest;
import org.jspecify.annotations.Nullable;

/// One Anthropic Messages request and its answer, over an engine that speaks chat completions: what
/// the engine is asked, what the client is told while it waits, and how each try's answer becomes
/// the one message. For one thread.
final class Messages implements Voice {
    private static final String CHAT = "/chat/completions";

    private final Call call;
    private final byte[] body;
    private final Answer answer;
    private final SseMessage events;
    private final boolean streams;
    private Target target;
    private EngineRequest toEngine;
    private WholeMessage whole;
    private @Nullable MessageStream stream;
    private boolean begun;

    private Messages(Call call, byte[] body, Target target) {
        this.call = call;
        this.body = body;
        this.target = target;
        TranslatedRequest request = MessagesRequest.translate(body, target);
        this.toEngine = toEngine(request);
        this.streams = request.stream();
        this.answer =
                Answer.to(
                        request,
                        target,
                        Answer.freshId(),
                        new EngineErrors.Source(target.engineModel(), ""));
        this.events = new SseMessage(answer, call.scope().id(), call.reply()::writeEvents);
        this.whole = new WholeMessage(answer);
    }

    /// For the request in `body`, to be answered by `model`.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    static Messages of(Call call, byte[] body, ModelProfile model) {
        return new Messages(call, body, target(model, Quirks.NONE));
    }

    /// Whom a model's requests are translated for.
    static Target target(ModelProfile model, Quirks quirks) {
        return new Target(model.id(), EngineKind.ofHarness(model.harness()), quirks);
    }

    /// The request as an engine is to get it.
    EngineRequest toEngine() {
        return toEngine;
    }

    private EngineRequest toEngine(TranslatedRequest request) {
        byte[] chat = request.body();
        return new EngineRequest(
                call.scope().request().headers(),
                chat,
                RequestScan.of(chat),
                CHAT,
                call.scope().id());
    }

    /// Makes the tools' schemas simpler when an engine could not make a grammar of them; whether
    /// another try makes sense.
    boolean simplify(Failure failure) {
        if (target.quirks().stripSchemas() || !ToolSchemas.refused(failure)) {
            return false;
        }
        target =
                new Target(
                        target.engineModel(), target.kind(), target.quirks().withStrippedSchemas());
        toEngine = toEngine(MessagesRequest.translate(body, target));
        return true;
    }

    /// The failure in words that agents act on: an overflow with numbers, guessed where the engine
    /// did not tell.
    Failure worded(Failure failure) {
        return failure instanceof Failure.ContextOverflow overflow
                ? AnthropicErrors.counted(overflow, answer.estimatedTokens())
                : failure;
    }

    /// A try's answer begins, by the engine in `source`.
    MessageStream begin(EngineErrors.Source source) {
        begun |= stream != null && stream.committed();
        Answer tried = answer.by(source);
        whole = new WholeMessage(tried);
        MessageStream next =
                streams ? new MessageStream(tried, events, begun) : new MessageStream(tried, whole);
        stream = next;
        return next;
    }

    /// The message as a body, once its stream has ended well.
    byte @Nullable [] wholeBody() {
        return whole.body();
    }

    @Override
    public void alive() {
        current().ping();
    }

    @Override
    public boolean aliveAnytime() {
        return true;
    }

    @Override
    public void failed(Failure failure) {
        current().fail(failure);
    }

    /// The try under way, or one that waits for an engine.
    private MessageStream current() {
        return stream == null ? begin(answer.source()) : stream;
    }
}
