package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestCost;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.TokenEstimate;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.openai.OpenAiRequest;
import cortex.core.dialect.openai.parts.ListAnswer;
import cortex.core.dialect.openai.parts.Parts;
import cortex.core.dialect.openai.parts.SplitInputs;
import cortex.core.dialect.openai.parts.SplitRequest;
import cortex.core.engine.EngineApi;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.body.BodyWeight;
import cortex.gateway.body.FormBody;
import cortex.gateway.body.TranslationPool;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.http.Endpoint;
import cortex.gateway.proxy.EngineRequest;
import cortex.gateway.proxy.Payload;
import cortex.gateway.serve.translate.Dialect;
import cortex.gateway.serve.translate.MessagesDialect;
import cortex.gateway.serve.translate.ResponsesDialect;
import cortex.gateway.serve.translate.Translation;
import java.net.http.HttpRequest.BodyPublisher;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What an engine is asked for a client: the client's own words, put right where engines would trip
/// over them, or their translation. For one thread.
final class PreparedRequest {
    private static final double BYTES_A_TOKEN = 3.6;

    private final Work work;
    private final Call call;
    private final EngineApi api;
    private final boolean wantsUsage;
    private final RequestCost cost;
    private final @Nullable Translation translation;
    private final long echo;
    private final Map<String, String> fetched;
    private final @Nullable FormBody form;
    private byte[] body;
    private EngineRequest request;
    private @Nullable Parts parts;
    private int partLength;

    private PreparedRequest(
            Work work,
            Target target,
            byte[] body,
            RequestScan scan,
            @Nullable Translation translation) {
        this.work = work;
        this.call = work.call();
        this.api = target.api();
        this.body = body;
        this.wantsUsage = scan.includeUsage();
        this.cost = scan.cost();
        this.translation = translation;
        this.echo = translation == null ? 0 : echo(translation);
        this.fetched = target.fetched();
        this.form = null;
        this.request = request(Payload.json(body, scan));
    }

    private PreparedRequest(Work work, Target target, FormBody form) {
        this.work = work;
        this.call = work.call();
        this.api = target.api();
        this.wantsUsage = false;
        this.cost = RequestCost.ONE;
        this.translation = null;
        this.echo = 0;
        this.fetched = Map.of();
        this.form = form;
        this.body = new byte[0];
        this.request = request(new FormPayload(form));
    }

    /// A form, of which the engine gets the rest as it comes.
    private record FormPayload(FormBody form) implements Payload {
        @Override
        public String contentType() {
            return form.contentType();
        }

        @Override
        public BodyPublisher with(String engineModel) {
            return form.publisher(engineModel);
        }
    }

    /// For a form that comes, to be answered by `target`.
    static PreparedRequest of(Work work, Target target, FormBody form) {
        return new PreparedRequest(work, target, form);
    }

    /// The engine that requests to a model are prepared for, by what is known of it now.
    static Target target(FleetPort fleet, ModelProfile model) {
        return Target.of(model, fleet.known(model.id()).traits());
    }

    /// Whether a tree is made of what was sent.
    static boolean makesTree(Call call, Target target, ParsedRequest sent) {
        return switch (call.endpoint()) {
            case MESSAGES, RESPONSES -> true;
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, RERANK ->
                    OpenAiRequest.makesTree(sent.scan(), form(call.endpoint()), target);
            case COUNT_TOKENS, TRANSCRIPTIONS -> false;
        };
    }

    /// For what was sent, to be answered by `target`; it came at `now`. Works over all of it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    static PreparedRequest of(Work work, Target target, ParsedRequest sent, Instant now) {
        Call call = work.call();
        Dialect dialect =
                switch (call.endpoint()) {
                    case MESSAGES ->
                            new MessagesDialect(call.scope().id(), call.reply()::writeEvents);
                    case RESPONSES ->
                            new ResponsesDialect(now.getEpochSecond(), call.reply()::writeEvents);
                    case CHAT_COMPLETIONS, COMPLETIONS -> null;
                    case EMBEDDINGS, RERANK, COUNT_TOKENS, TRANSCRIPTIONS -> null;
                };
        if (dialect != null) {
            Translation translation = new Translation(dialect, sent.body(), target);
            call.reply().sendSideEventsOf(translation);
            byte[] chat = translation.chat();
            return new PreparedRequest(
                    work, target, chat, RequestScan.ofTranslated(chat), translation);
        }
        OpenAiRequest fitted =
                OpenAiRequest.of(sent.body(), sent.scan(), form(call.endpoint()), target);
        return new PreparedRequest(work, target, fitted.body(), fitted.scan(), null);
    }

    /// Refuses a request that asks for more answers, or brings more inputs, than one may.
    ///
    /// @throws cortex.core.failure.FailureException when it does
    static void bound(Endpoint endpoint, RequestScan scan, InferenceHandler.Bounds bounds) {
        switch (endpoint.counts()) {
            case ANSWERS -> OpenAiRequest.checkAnswers(scan, bounds.maxAnswers());
            case INPUTS -> OpenAiRequest.checkInputs(scan, bounds.maxInputs());
            case ONE -> {}
        }
    }

    /// How many answers an engine is asked for side by side; for what an engine is not asked nobody
    /// pays.
    static int weight(Endpoint endpoint, RequestScan scan) {
        return switch (endpoint.counts()) {
            case ANSWERS -> scan.weight();
            case INPUTS -> scan.cost().prompts();
            case ONE -> 1;
        };
    }

    private static OpenAiRequest.Form form(Endpoint endpoint) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS, MESSAGES, RESPONSES -> OpenAiRequest.Form.CHAT;
            case COMPLETIONS -> OpenAiRequest.Form.COMPLETIONS;
            case EMBEDDINGS, RERANK, COUNT_TOKENS, TRANSCRIPTIONS -> OpenAiRequest.Form.VECTORS;
        };
    }

    /// What a translation keeps of the client's tree: in OpenAI Responses the answer repeats much
    /// of the request.
    private long echo(Translation kept) {
        return call.endpoint() == Endpoint.RESPONSES ? BodyWeight.of(kept.original()).nodes() : 0;
    }

    private EngineRequest request(Payload payload) {
        boolean own = translation == null;
        return new EngineRequest(
                call.scope().request().headers(),
                payload,
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

    /// The request's parts, or null when all of it is asked at once.
    @Nullable Parts parts() {
        return parts;
    }

    /// Whether it has to be answered by a stream, where any of the answer has left or not.
    boolean mustStream(boolean committed) {
        boolean whole = parts != null && parts.whole() instanceof ListAnswer list && list.begun();
        return translation != null || (committed && !whole);
    }

    /// Whether a stream is relayed as one.
    boolean mayStream() {
        return form == null && !(parts instanceof SplitInputs);
    }

    /// How many of its answers or inputs are left that an engine may be asked in parts: at most one
    /// where there are none.
    int divisible() {
        if (parts != null) {
            return parts.left();
        }
        return switch (call.endpoint().counts()) {
            case ANSWERS -> cost.weight();
            case INPUTS -> cost.prompts();
            case ONE -> 1;
        };
    }

    /// Asks for no more answers at once, and sends no more inputs, than an engine gives the request
    /// slots; null: as many as it likes.
    ///
    /// @throws cortex.core.failure.FailureException when there is no memory for another body
    void fit(@Nullable Integer slots) throws InterruptedException {
        int most = slots == null ? Integer.MAX_VALUE : slots;
        if (parts == null && divisible() > most) {
            parts = divided();
        }
        if (parts == null) {
            return;
        }
        try {
            request = part(parts, most);
        } catch (FailureException e) {
            // A 413 would blame the request for what an engine has answered to it.
            boolean answers = held() > 0 && e.failure() instanceof Failure.Refused;
            throw answers ? new FailureException(AnswerRoom.tooLongTogether(), e) : e;
        }
    }

    private @Nullable Parts divided() throws InterruptedException {
        if (call.endpoint().counts() == Endpoint.Counts.INPUTS) {
            SplitInputs.Kind kind =
                    call.endpoint() == Endpoint.RERANK
                            ? SplitInputs.Kind.RANKS
                            : SplitInputs.Kind.VECTORS;
            return work.reading(body.length, () -> SplitInputs.of(body, kind));
        }
        Parts answers = work.translating(body, () -> SplitRequest.of(body, cost, wantsUsage));
        work.settle(settled());
        return answers;
    }

    private EngineRequest part(Parts some, int most) throws InterruptedException {
        byte[] asked;
        if (some instanceof SplitInputs inputs) {
            partLength = inputs.length(body, most);
            work.settle(settled());
            asked = inputs.ask(body, most);
        } else {
            asked = work.translating(body, () -> some.ask(body, most));
        }
        partLength = asked.length;
        work.settle(settled());
        RequestScan scan = work.reading(asked.length, () -> RequestScan.of(asked));
        return request(Payload.json(asked, scan));
    }

    /// Whether the client wants a chunk of its own that tells usage.
    boolean wantsUsage() {
        return wantsUsage;
    }

    /// Which engine's form it is in.
    EngineApi api() {
        return api;
    }

    /// The form it is, or null when it is none.
    @Nullable FormBody form() {
        return form;
    }

    /// Whether it can be sent: a form that is not held cannot once any of it has left.
    boolean canBeSent() {
        return form == null || form.canBeSent();
    }

    /// Room for an answer, of which at most `most` bytes are held, with those of the parts before.
    AnswerRoom room(int most) {
        return new AnswerRoom(work.account(), held(), most);
    }

    private int held() {
        return parts == null ? 0 : parts.whole().held();
    }

    /// The chat request it is, or null when it is none.
    @Nullable ObjectNode chat() {
        if (translation != null) {
            return translation.tree();
        }
        return call.endpoint() == Endpoint.CHAT_COMPLETIONS ? ChatJson.object(body) : null;
    }

    /// Lets go of the tree. What the request takes of the memory from then on: its text as the
    /// engine gets it and once more on its way there, and what a translation keeps.
    long settled() {
        if (translation == null) {
            return 2L * body.length + 2L * partLength + (long) held() * BodyWeight.ANSWER;
        }
        translation.dropTree();
        return 2L * body.length + translation.original().length + echo + images();
    }

    /// What the images take that were fetched: they stay, should it be translated again.
    private long images() {
        return fetched.values().stream().mapToLong(String::length).sum();
    }

    /// Takes note of what is known of the model now. What was translated knowing less is translated
    /// again, which may show that the model cannot take it.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with the request
    void learn(Target known) throws InterruptedException {
        Target now = known.withFetched(fetched);
        if (translation != null && translation.differs(now)) {
            work.translating(translation.original(), () -> translation.learn(now));
            retranslated(translation);
        }
    }

    private void retranslated(Translation again) throws InterruptedException {
        body = again.chat();
        request = request(Payload.json(body, RequestScan.ofTranslated(body)));
        work.settle(settled());
    }

    /// Whether an engine's refusal is one that a simpler request may help against.
    boolean simplifies(Failure failure) {
        return translation != null && translation.simplifies(failure);
    }

    /// Makes the request simpler after a refusal that this may help against.
    void simplify() throws InterruptedException {
        if (translation != null) {
            work.translating(translation.original(), translation::simplified);
            retranslated(translation);
        }
    }

    /// The failure in words that agents act on: an overflow with numbers, guessed where the engine
    /// did not tell.
    Failure worded(Failure failure) {
        if (form != null) {
            return failure;
        }
        boolean guess =
                failure instanceof Failure.ContextOverflow overflow
                        && overflow.promptTokens() == null;
        return guess ? EngineErrors.counted(failure, estimate()) : failure;
    }

    private long estimate() {
        if (translation != null) {
            return translation.estimatedTokens();
        }
        ObjectNode chat = body.length <= TranslationPool.SHORT_TREE ? chat() : null;
        return chat == null
                ? Math.round(Math.ceil(body.length / BYTES_A_TOKEN))
                : TokenEstimate.of(chat);
    }
}
