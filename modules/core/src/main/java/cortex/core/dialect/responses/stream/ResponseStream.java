package cortex.core.dialect.responses.stream;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.stream.ChatEvents;
import cortex.core.dialect.chat.stream.ChatStream;
import cortex.core.dialect.chat.stream.EventSink;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.responses.stream.ResponseEvents.ResponseUsage;
import cortex.core.dialect.responses.stream.ResponseEvents.State;
import cortex.core.failure.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes an OpenAI response of an engine's chat stream. Until the first chunk has come nothing is
/// written: a failure before it should be answered with a status of its own. After it there is
/// always exactly one terminal event, since Codex takes a stream without one for broken. An answer
/// that is not streamed is fed in the same way, with a sink that drops the events, and read from
/// {@link #whole}. Not safe for use by many threads.
public final class ResponseStream {
    private final Reply reply;
    private final ResponseEvents out;
    private final OutputItems items;
    private final ChatStream chat = new ChatStream(new Chunks());
    private Phase phase = Phase.WAITING;
    private boolean begun;
    private @Nullable Failure failure;
    private @Nullable String finish;
    private byte @Nullable [] whole;
    private Usage usage = Usage.NONE;
    private @Nullable Long reasoningTokens;
    private long pieces;

    private enum Phase {
        WAITING,
        OPEN,
        OVER
    }

    /// An answer that has not begun.
    public ResponseStream(Reply reply, EventSink sink) {
        this.reply = reply;
        this.out = new ResponseEvents(reply, sink);
        this.items = new OutputItems(reply, out);
    }

    /// Takes the engine's next bytes.
    public void feed(byte[] bytes, int offset, int length) {
        if (phase != Phase.OVER) {
            chat.feed(bytes, offset, length);
            out.flush();
        }
    }

    /// Takes the end of the engine's stream.
    public void end() {
        if (phase != Phase.OVER) {
            chat.end();
            eof();
            out.flush();
        }
    }

    /// Ends the answer for a reason from outside. An answer that was only waiting for its token
    /// counts is complete all the same.
    public void fail(Failure reason) {
        if (phase == Phase.OVER) {
            return;
        }
        if (finish == null) {
            broken(reason);
        } else {
            complete(finish);
        }
        out.flush();
    }

    /// Sends a sign of life that clients count as an event (they ignore comments); begins the
    /// response if need be. From then on a failure is an event.
    public void ping() {
        if (phase == Phase.OVER) {
            return;
        }
        if (phase == Phase.WAITING) {
            start();
        } else {
            out.response("in_progress", State.IN_PROGRESS, List.of());
        }
        out.flush();
    }

    /// Ends an answer that has its finish reason without waiting longer for its token counts.
    public void settle() {
        if (settling()) {
            complete(finish == null ? "" : finish);
            out.flush();
        }
    }

    /// Whether the answer is whole and only its token counts are waited for; a second of silence is
    /// enough.
    public boolean settling() {
        return phase == Phase.OPEN && finish != null;
    }

    /// Whether the response has begun, so that a failure can no longer have its own status.
    public boolean committed() {
        return begun;
    }

    /// Whether nothing more will come.
    public boolean over() {
        return phase == Phase.OVER;
    }

    /// What went wrong, or null.
    public @Nullable Failure failure() {
        return failure;
    }

    /// The response as one object, or null while it is not over or when it failed.
    public byte @Nullable [] whole() {
        return whole == null ? null : whole.clone();
    }

    /// The token counts told so far.
    public Usage usage() {
        return usage;
    }

    private void start() {
        if (phase == Phase.WAITING) {
            phase = Phase.OPEN;
            begun = true;
            out.response("created", State.IN_PROGRESS, List.of());
            out.response("in_progress", State.IN_PROGRESS, List.of());
        }
    }

    private void broken(Failure reason) {
        failure = reason;
        if (phase == Phase.OPEN) {
            items.abandon();
            out.response("failed", new State("failed", null, reason, counted()), items.all());
        }
        phase = Phase.OVER;
    }

    private void eof() {
        if (phase == Phase.OVER) {
            return;
        }
        if (finish != null) {
            complete(finish);
        } else if (reply.tolerateMissingFinish() && items.any() && !items.broken()) {
            ended("");
            complete("");
        } else {
            String said = phase == Phase.WAITING ? "before its answer began" : "in mid-answer";
            broken(
                    new Failure.EngineGone(
                            reply.source().model(), "The engine's stream ended " + said + "."));
        }
    }

    /// The model has said all: what waits goes out.
    private void ended(String reason) {
        finish = reason;
        items.finish(incomplete(reason) != null);
    }

    private void complete(String reason) {
        phase = Phase.OVER;
        String why = incomplete(reason);
        String status = why == null ? "completed" : "incomplete";
        State state = new State(status, why, null, counted());
        out.response(status, state, items.all());
        whole = out.whole(state, items.all());
    }

    private static @Nullable String incomplete(String finish) {
        return switch (finish) {
            case "length" -> "max_output_tokens";
            case "content_filter" -> "content_filter";
            default -> null;
        };
    }

    private ResponseUsage counted() {
        return ResponseUsage.of(usage, reasoningTokens, pieces);
    }

    private boolean takesContent() {
        pieces++;
        return phase == Phase.OPEN && finish == null;
    }

    /// What the engine says, as it becomes part of the response.
    private final class Chunks implements ChatEvents {
        @Override
        public void chunk() {
            start();
        }

        @Override
        public void reasoning(JsonSlice text) {
            if (takesContent()) {
                items.reasoning(text);
            }
        }

        @Override
        public void content(JsonSlice text) {
            if (takesContent()) {
                items.text(text);
            }
        }

        @Override
        public void toolCall(
                int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
            if (takesContent()) {
                items.call(key, id, name, arguments);
            }
        }

        @Override
        public void finish(String reason) {
            if (phase != Phase.OPEN || finish != null) {
                return;
            }
            if (reason.equals("canceled")) {
                broken(
                        new Failure.EngineError(
                                502, "The engine gave the answer up before its end.", null));
            } else {
                ended(reason);
            }
        }

        @Override
        public void usage(Usage told, @Nullable Long reasoning, boolean last) {
            usage = usage.merge(told);
            reasoningTokens = reasoning == null ? reasoningTokens : reasoning;
            if (last && settling()) {
                settle();
            }
        }

        @Override
        public void progress(long total, long cached, long processed) {
            // The request does not ask for it.
        }

        @Override
        public void error(byte[] data) {
            if (phase != Phase.OVER && finish == null) {
                broken(EngineErrors.ofEvent(data, reply.source()));
            }
        }

        @Override
        public void malformed(String what) {
            if (phase != Phase.OVER && finish == null) {
                broken(new Failure.EngineError(502, what, null));
            }
        }

        @Override
        public void done() {
            if (phase == Phase.OPEN) {
                if (finish == null) {
                    ended("");
                }
                complete(finish == null ? "" : finish);
            }
        }
    }
}
