package cortex.gateway.serve;

import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.gateway.proxy.EngineLost;
import cortex.gateway.serve.translate.Translation;
import cortex.relay.pump.EngineBody;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.EngineException.Kind;
import java.time.Duration;

/// Relays one event stream into another dialect: each portion of the engine's is translated and
/// handed on at once, or gathered for a client that wants the answer whole. For one thread.
final class TranslatedAnswer {
    private static final int READ = 8 << 10;

    /// How long a complete answer waits for the engine's token counts.
    private static final Duration COUNTS = Duration.ofSeconds(1);

    private final Call call;
    private final Translation translation;
    private final Answering engine;
    private final Time time;
    private final Duration idle;
    private final Duration counts;

    /// An answer by `engine`.
    TranslatedAnswer(Call call, Translation translation, Answering engine, Time time) {
        this.call = call;
        this.translation = translation;
        this.engine = engine;
        this.time = time;
        this.idle = engine.idle();
        this.counts = idle.compareTo(COUNTS) < 0 ? idle : COUNTS;
    }

    /// Relays to the end.
    ///
    /// @throws EngineLost when the engine broke off or fell silent
    /// @throws FailureException when it sent an error, or ended without finishing
    void relay(EngineBody body) throws EngineLost, EngineException, InterruptedException {
        AnswerStream stream = translation.begin(engine.source());
        byte[] buffer = new byte[READ];
        try {
            translate(body, stream, buffer);
        } catch (EngineException e) {
            if (!stream.settling()) {
                throw e;
            }
            stream.settle();
        } finally {
            call.timeline().spent(stream.usage(), stream.pieces(), stream.finishReason());
        }
        conclude(stream);
        body.skipRest(Answering.REST);
    }

    private void translate(EngineBody body, AnswerStream stream, byte[] buffer)
            throws EngineLost, EngineException, InterruptedException {
        while (!stream.over()) {
            boolean settling = stream.settling();
            int n = call.reply().awaiting(settling ? counts : idle, body, buffer);
            if (n > 0) {
                feed(stream, buffer, n);
            } else if (n < 0) {
                end(stream);
            } else if (settling) {
                stream.settle();
            } else {
                throw EngineLost.silent(engine.model(), idle);
            }
            if (!stream.over()) {
                call.reply().keepaliveIfDue();
            }
        }
    }

    private void feed(AnswerStream stream, byte[] buffer, int length) throws EngineLost {
        boolean silent = stream.pieces() == 0;
        stream.feed(buffer, 0, length);
        try {
            engine.room().holds(stream.held());
        } catch (FailureException e) {
            stream.fail(e.failure());
        }
        if (stream.answering()) {
            call.reply().answering();
        }
        if (silent && stream.pieces() > 0) {
            call.timeline().firstToken(time.nanos());
        }
        Failure early = stream.earlyFailure();
        if (early instanceof Failure.EngineGone || early instanceof Failure.EngineDied) {
            throw new EngineLost(Kind.BROKEN, early, null);
        }
    }

    /// An engine that ends before it has said anything may be replaced by another.
    private void end(AnswerStream stream) throws EngineLost {
        if (!stream.answering()) {
            throw EngineLost.brokeOff(engine.model(), null);
        }
        stream.end();
    }

    private void conclude(AnswerStream stream) throws EngineLost {
        Failure failure = stream.failure();
        if (failure != null) {
            throw EngineLost.atWork(failure);
        }
        byte[] whole = translation.wholeBody();
        if (whole == null) {
            call.reply().end();
        } else {
            call.reply().sendJson(whole);
        }
    }
}
