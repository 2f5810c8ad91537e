package cortex.gateway.serve;

import cortex.core.dialect.SseScanner;
import cortex.core.dialect.UsageReader;
import cortex.core.dialect.openai.ModelName;
import cortex.core.dialect.openai.parts.ListAnswer;
import cortex.core.dialect.openai.parts.Parts;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Pump;
import cortex.relay.pump.Sink;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Relays one answer that is not a stream. Up to a size it is complete before the client gets any
/// of it, so that an engine which dies on the way can be replaced; a longer one (embeddings of many
/// texts) is passed on as it comes. For one thread.
final class WholeAnswer {
    /// Which part of what may be held of one answer is held of vectors before they are passed on:
    /// there has to be room for the next part's.
    private static final int HELD = 4;

    private final Call call;
    private final Answering engine;

    /// An answer by `engine`.
    WholeAnswer(Call call, Answering engine) {
        this.call = call;
        this.engine = engine;
    }

    /// Relays to the end.
    void relay(EngineAnswer response) throws EngineException, InterruptedException {
        byte[] whole = response.body().whole();
        ModelName name = engine.name();
        if (whole != null) {
            spent(UsageReader.read(whole, 0, whole.length));
            call.reply().send(response, name == null ? whole : name.in(whole));
            return;
        }
        Tail tail = new Tail();
        call.reply().beginBody(response, name == null);
        Pump.run(response.body(), engine.idle(), sink(name, tail));
        if (name != null) {
            name.end(call.reply()::write);
        }
        spent(tail.usage());
        call.reply().end();
    }

    /// Takes the answer to a part of a request. The last one is sent with those before it, as one.
    ///
    /// @throws FailureException when it cannot be read, or is too long with those before it
    void join(EngineAnswer response, Parts parts) throws EngineException, InterruptedException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Pump.run(
                response.body(),
                engine.idle(),
                (bytes, at, length) -> {
                    engine.room().holds((long) parts.whole().held() + answer.size() + length);
                    answer.write(bytes, at, length);
                });
        byte[] part = answer.toByteArray();
        if (!parts.whole().add(part)) {
            throw new FailureException(
                    new Failure.EngineError(
                            502, "The engine's answer to a part of this request is none.", null));
        }
        String end = UsageReader.read(part, 0, part.length).finishReason();
        call.timeline().spent(parts.usage(), 0, parts.atLast() ? end : null);
        if (parts.whole() instanceof ListAnswer list && passesOn(list)) {
            passOn(response, list, parts.atLast());
        } else if (parts.atLast()) {
            byte[] whole = parts.whole().toBytes();
            ModelName name = engine.name();
            call.reply().send(response, name == null ? whole : name.in(whole));
        }
    }

    private boolean passesOn(ListAnswer list) {
        return list.begun() || (list.canPassOn() && list.held() > engine.room().most() / HELD);
    }

    /// Sends what has come so far, or all that is left.
    private void passOn(EngineAnswer response, ListAnswer list, boolean last) {
        Reply reply = call.reply();
        if (!list.begun()) {
            reply.beginBody(response, false);
        }
        ModelName name = engine.name();
        SseScanner.Out out =
                name == null
                        ? reply::write
                        : (bytes, at, length) -> name.pass(bytes, at, length, reply::write);
        if (last) {
            list.end(out);
        } else {
            list.passOn(out);
        }
        if (name != null) {
            name.end(reply::write);
        }
        if (last) {
            reply.end();
        }
    }

    private Sink sink(@Nullable ModelName name, Tail tail) {
        Reply reply = call.reply();
        return (bytes, at, length) -> {
            tail.on(bytes, at, length);
            if (name == null) {
                reply.write(bytes, at, length);
            } else {
                name.pass(bytes, at, length, reply::write);
            }
        };
    }

    private void spent(UsageReader.Reading reading) {
        call.timeline().spent(reading.usage(), 0, reading.finishReason());
    }

    /// The last bytes of an answer, where engines put the usage.
    private static final class Tail {
        private static final int SIZE = 4 << 10;
        private static final byte[] USAGE = {'"', 'u', 's', 'a', 'g', 'e', '"', ':'};

        private byte[] bytes = {};

        void on(byte[] chunk, int offset, int length) {
            int take = Math.min(length, SIZE);
            int keep = Math.min(bytes.length, SIZE - take);
            byte[] next = new byte[keep + take];
            System.arraycopy(bytes, bytes.length - keep, next, 0, keep);
            System.arraycopy(chunk, offset + length - take, next, keep, take);
            bytes = next;
        }

        UsageReader.Reading usage() {
            int at = lastUsage();
            if (at < 1) {
                return UsageReader.read(bytes, 0, 0);
            }
            bytes[at - 1] = '{';
            return UsageReader.read(bytes, at - 1, bytes.length - at + 1);
        }

        private int lastUsage() {
            for (int at = bytes.length - USAGE.length; at >= 0; at--) {
                if (Arrays.equals(bytes, at, at + USAGE.length, USAGE, 0, USAGE.length)) {
                    return at;
                }
            }
            return -1;
        }
    }
}
