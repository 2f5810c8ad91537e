package cortex.gateway.serve;

import cortex.core.dialect.SseScanner;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.openai.ModelName;
import cortex.core.dialect.openai.parts.SplitRequest;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.gateway.proxy.EngineLost;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineBody;
import cortex.relay.pump.EngineException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Relays one event stream. Its first bytes are held back until they hold a data line, so that an
/// engine which answers 200 and then an error still becomes an HTTP error; from then on lines go
/// through as they come, past a scanner that takes out what no client may see. For one thread.
final class StreamedAnswer {
    private static final int FIRST_READ = 4 << 10;
    private static final int READ = 8 << 10;
    private static final int HELD_BACK = 16 << 10;

    private final Call call;
    private final EngineErrors.Source source;
    private final Time time;
    private final Duration idle;
    private final AnswerRoom room;
    private final SseScanner scanner;
    private byte[] held = {};
    private final @Nullable ModelName name;
    private final @Nullable SplitRequest parts;
    private final SseScanner.Out first;
    private SseScanner.Out out = this::hold;
    private boolean tokenSeen;

    /// An answer to `prepared` by `engine`, or the part of it that was asked for.
    StreamedAnswer(Call call, Answering engine, Time time, PreparedRequest prepared) {
        this.call = call;
        this.source = engine.source();
        this.time = time;
        this.idle = engine.idle();
        this.room = engine.room();
        this.name = engine.name();
        this.parts = prepared.parts() instanceof SplitRequest answers ? answers : null;
        this.first = parts == null ? this::named : this::joined;
        this.scanner = new SseScanner(prepared.wantsUsage() || parts != null);
    }

    /// Relays to the end.
    ///
    /// @throws EngineLost when the engine broke off or fell silent
    /// @throws FailureException when it sent an error, or ended without finishing
    void relay(EngineAnswer response) throws EngineLost, EngineException, InterruptedException {
        EngineBody body = response.body();
        try {
            firstData(body);
            refuseError();
            call.reply().beginStream(response.headers(), scanner::inEvent);
            call.reply().write(held, 0, held.length);
            held = new byte[0];
            out = call.reply()::write;
            rest(body);
            scanner.end(first);
            if (parts != null) {
                parts.stream().endPart(this::named);
            }
        } catch (EngineException e) {
            // What it said before it broke off tells more than that it did.
            byte[] error = scanner.error();
            if (error != null) {
                throw EngineLost.atWork(EngineErrors.ofEvent(error, source));
            }
            throw e;
        } finally {
            spent();
        }
        conclude();
        body.skipRest(Answering.REST);
    }

    private void spent() {
        long chunks = scanner.contentChunks();
        if (parts == null) {
            call.timeline().spent(scanner.usage(), chunks, scanner.finishReason());
        } else {
            String end = parts.atLast() ? scanner.finishReason() : null;
            call.timeline().spent(parts.usage(), parts.spoke(chunks), end);
        }
    }

    /// Reads on until the stream has said that it is over, or ends without: nothing that comes
    /// later goes to the client, and an engine may hold its connection open after its last word.
    private void rest(EngineBody body) throws EngineException, InterruptedException {
        byte[] buffer = new byte[READ];
        while (!scanner.over()) {
            int n = body.poll(buffer, idle);
            if (n < 0) {
                return;
            }
            if (n == 0) {
                throw EngineException.silent(idle);
            }
            take(buffer, 0, n);
        }
    }

    private void take(byte[] bytes, int offset, int length) {
        scanner.scan(bytes, offset, length, first);
        room.holds(scanner.held() + held.length);
        if (!tokenSeen && scanner.contentChunks() > 0) {
            tokenSeen = true;
            call.timeline().firstToken(time.nanos());
        }
    }

    /// Reads until there is a data line, or more comments than are worth holding back.
    private void firstData(EngineBody body)
            throws EngineLost, EngineException, InterruptedException {
        byte[] buffer = new byte[FIRST_READ];
        while (scanner.dataLines() == 0 && !scanner.finished() && held.length < HELD_BACK) {
            int n = call.reply().awaiting(idle, body, buffer);
            if (n < 0) {
                throw EngineLost.brokeOff(source.model(), null);
            }
            if (n == 0) {
                throw EngineLost.silent(source.model(), idle);
            }
            take(buffer, 0, n);
            call.reply().keepaliveIfDue();
        }
    }

    private void named(byte[] bytes, int offset, int length) {
        if (name == null) {
            out.write(bytes, offset, length);
        } else {
            name.pass(bytes, offset, length, out);
        }
    }

    private void joined(byte[] bytes, int offset, int length) {
        if (parts != null) {
            parts.stream().pass(bytes, offset, length, this::named);
        }
    }

    private void hold(byte[] bytes, int offset, int length) {
        byte[] both = Arrays.copyOf(held, held.length + length);
        System.arraycopy(bytes, offset, both, held.length, length);
        held = both;
    }

    private void refuseError() throws EngineLost {
        byte[] error = scanner.error();
        if (error != null && scanner.contentChunks() == 0) {
            Failure failure = EngineErrors.ofEvent(error, source);
            throw EngineLost.told(failure);
        }
    }

    /// What the end of the bytes means: the end of the answer only if the engine said so.
    private void conclude() throws EngineLost {
        byte[] error = scanner.error();
        if (error != null) {
            throw EngineLost.atWork(EngineErrors.ofEvent(error, source));
        }
        if (!scanner.finished()) {
            throw new FailureException(
                    new Failure.EngineGone(
                            source.model(),
                            "The engine of '" + source.model() + "' ended without finishing."));
        }
        if (parts != null && !parts.atLast()) {
            call.reply().pause();
            return;
        }
        if (parts != null) {
            parts.stream().end(this::named);
        }
        if (name != null) {
            name.end(out);
        }
        call.reply().end();
    }
}
