package cortex.gateway.serve.translate;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.tool.ToolSchemas;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// One request in a dialect that is not the engines', and its answer: what the engine is asked,
/// what the client is told while it waits, and how each try's answer becomes the one the client
/// gets. For one thread.
public final class Translation implements SideEvents {
    /// Claude Code counts only the first 30 signs of life in a row, and gives up 5 minutes after
    /// the last that counts: at 20 s apart they last for a quarter of an hour.
    private static final int SPACING = 4;

    private final Dialect dialect;
    private final byte[] body;
    private Target known;
    private Target target;
    private ChatRequest request;
    private byte[] chat;
    private Terms terms;
    private @Nullable AnswerStream stream;
    private @Nullable WholeAnswer whole;
    private boolean begun;

    /// Of the request in `body`, to be answered by `target`.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    public Translation(Dialect dialect, byte[] body, Target target) {
        this.dialect = dialect;
        this.body = body;
        this.known = target;
        this.target = target;
        this.request = dialect.translate(body, target);
        this.chat = request.bytes();
        this.terms = Terms.of(request, target);
    }

    /// The request as an engine is to get it, as JSON in UTF-8.
    public byte[] chat() {
        return chat;
    }

    /// The same as a tree, for as long as it is kept.
    public ObjectNode tree() {
        return request.body().isEmpty() ? ChatJson.object(chat) : request.body();
    }

    /// Lets go of the tree, which takes many times what the text does.
    public void dropTree() {
        request = request.withoutBody();
    }

    /// A guess at the tokens of its prompt.
    public long estimatedTokens() {
        return request.answerInputs().estimatedTokens();
    }

    /// The client's request.
    public byte[] original() {
        return body;
    }

    /// Whether what is known of the model now is other than what it was translated for.
    public boolean differs(Target now) {
        return !now.equals(known);
    }

    /// Whether a failure is one that simpler schemas may help against.
    public boolean simplifies(Failure failure) {
        return target.quirks().retriesSchemas() && ToolSchemas.refused(failure);
    }

    /// Makes the tools' schemas simpler.
    public Translation simplified() {
        translateFor(target.withStrippedSchemas());
        return this;
    }

    /// Takes note of what is known of the model now; whether the request is another one for it.
    ///
    /// @throws cortex.core.failure.FailureException when it shows that the model cannot take it
    public boolean learn(Target now) {
        if (!differs(now)) {
            return false;
        }
        known = now;
        translateFor(now);
        return true;
    }

    private void translateFor(Target next) {
        target = next;
        request = dialect.translate(body, next);
        chat = request.bytes();
        terms = Terms.of(request, next);
    }

    /// A try's answer begins, by the engine in `source`.
    public AnswerStream begin(EngineErrors.Source source) {
        begun |= stream != null && stream.committed();
        Terms tried = terms.by(source);
        AnswerStream next = new AnswerStream(tried, writer(tried), begun);
        stream = next;
        return next;
    }

    private AnswerWriter writer(Terms tried) {
        if (request.client().stream()) {
            return dialect.events(tried);
        }
        WholeAnswer gathering = new WholeAnswer(dialect.whole(tried));
        whole = gathering;
        return gathering;
    }

    /// The answer as a body when the client does not want a stream, once it is complete; null when
    /// it wants one.
    public byte @Nullable [] wholeBody() {
        return whole == null ? null : whole.body();
    }

    @Override
    public void alive() {
        current().ping();
    }

    @Override
    public int spacing() {
        return SPACING;
    }

    @Override
    public boolean aliveAnytime() {
        return true;
    }

    @Override
    public boolean failed(Failure failure) {
        AnswerStream now = current();
        if (!now.committed()) {
            now = begin(terms.source());
            now.commit();
        }
        now.fail(failure);
        return dialect.closesWithFailure();
    }

    @Override
    public boolean onlyAsEvent(Failure failure) {
        return dialect.onlyAsEvent(failure);
    }

    /// The try under way, or one that waits for an engine.
    private AnswerStream current() {
        return stream == null ? begin(terms.source()) : stream;
    }
}
