package cortex.core.dialect.chat.answer;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.stream.ChatEvents;
import cortex.core.dialect.chat.stream.ChatStream;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Reads an engine's chat stream into an answer in some public API's form. Until the first chunk
/// has come nothing is written: a failure before it is kept in {@link #earlyFailure} and should be
/// answered with a status of its own, since clients take an error event in place of an answer for a
/// broken stream. Always ends in exactly one completion or failure, whatever the engine sends. Not
/// safe for use by many threads.
public final class AnswerStream {
    /// How often the engine's progress with a long prompt is passed on at most, as clients count
    /// only so many signs of life (Claude Code: 30).
    private static final int PROGRESS_STEPS = 10;

    private final Terms terms;
    private final AnswerWriter out;
    private final OneAtATime blocks;
    private final ChatStream chat;
    private final @Nullable ThinkSplitter splitter;
    private final PrefillEcho echo;
    private Phase phase;
    private boolean begun;
    private boolean answering;
    private @Nullable Failure failure;
    private @Nullable String finish;
    private Usage usage = Usage.NONE;
    private @Nullable Long reasoningTokens;
    private long pieces;
    private long promptTokens;
    private long cachedTokens;
    private long progressStep;

    private enum Phase {
        WAITING,
        OPEN,
        OVER
    }

    /// An answer that has not begun.
    public AnswerStream(Terms terms, AnswerWriter out) {
        this(terms, out, false);
    }

    /// An answer that may have `begun`: the start and perhaps signs of life went out while another
    /// engine, or none yet, was waited for.
    public AnswerStream(Terms terms, AnswerWriter out, boolean begun) {
        this.terms = terms;
        this.out = out;
        this.blocks = new OneAtATime(terms, out);
        this.begun = begun;
        this.phase = begun ? Phase.OPEN : Phase.WAITING;
        ChatEvents chunks = new Chunks();
        this.splitter = terms.engine().splitThink() ? new ThinkSplitter(chunks) : null;
        this.chat = new ChatStream(splitter == null ? chunks : splitter);
        this.echo = new PrefillEcho(terms.request().prefill());
        this.promptTokens = terms.request().estimatedTokens();
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
            if (splitter != null) {
                splitter.release();
            }
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

    /// Begins the answer before the engine has said anything. From then on a failure is an event.
    public void commit() {
        start();
        out.flush();
    }

    /// Sends a sign of life; begins the answer if need be.
    public void ping() {
        if (phase != Phase.OVER) {
            start();
            out.alive();
            out.flush();
        }
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

    /// Whether the answer has begun, so that a failure can no longer have its own status.
    public boolean committed() {
        return begun;
    }

    /// Whether nothing more will come.
    public boolean over() {
        return phase == Phase.OVER;
    }

    /// Whether the engine has begun to answer, so that another cannot take over.
    public boolean answering() {
        return answering;
    }

    /// What went wrong before the answer began, or null.
    public @Nullable Failure earlyFailure() {
        return begun ? null : failure;
    }

    /// What went wrong at any time, or null.
    public @Nullable Failure failure() {
        return failure;
    }

    /// How many pieces of content have come.
    public long pieces() {
        return pieces;
    }

    /// How many bytes of the answer are held, about: what waits for its turn or for its end, and
    /// all of an answer that is gathered.
    public long held() {
        return chat.held() + (splitter == null ? 0 : splitter.held()) + blocks.held() + out.held();
    }

    /// Why the answer ended in the engine's words, or null when it has not.
    public @Nullable String finishReason() {
        return finish;
    }

    /// The token counts told so far.
    public Usage usage() {
        return usage;
    }

    private void start() {
        if (phase == Phase.WAITING) {
            phase = Phase.OPEN;
            begun = true;
            out.start(new Counts(promptTokens, cachedTokens, 0, null));
        }
    }

    private void broken(Failure reason) {
        if (phase != Phase.OVER) {
            failure = EngineErrors.counted(reason, terms.request().estimatedTokens());
            phase = Phase.OVER;
            if (begun) {
                out.fail(failure, counts());
            }
        }
    }

    private void eof() {
        if (phase == Phase.OVER) {
            return;
        }
        if (finish != null) {
            complete(finish);
        } else if (terms.engine().tolerateMissingFinish() && blocks.whole()) {
            ended("");
            complete("");
        } else {
            String said = answering ? "in mid-answer" : "before its answer began";
            broken(
                    new Failure.EngineGone(
                            terms.source().model(), "The engine's stream ended " + said + "."));
        }
    }

    private void ended(String reason) {
        finish = reason;
        JsonSlice unsaid = echo.end();
        if (!unsaid.isEmpty()) {
            blocks.text(unsaid);
        }
        blocks.end(reason);
    }

    private void complete(String reason) {
        phase = Phase.OVER;
        out.end(reason, counts());
    }

    private Counts counts() {
        Long prompt = usage.promptTokens();
        Long cached = usage.cachedTokens();
        Long output = usage.completionTokens();
        long read = prompt == null ? promptTokens : prompt;
        return new Counts(
                read,
                Math.min(cached == null ? cachedTokens : cached, read),
                output == null ? pieces : output,
                reasoningTokens);
    }

    private boolean takesContent() {
        pieces++;
        return phase == Phase.OPEN && finish == null;
    }

    /// What the engine says, as it becomes part of the answer.
    private final class Chunks implements ChatEvents {
        @Override
        public void chunk() {
            answering = true;
            start();
        }

        @Override
        public void reasoning(JsonSlice text) {
            if (takesContent()) {
                blocks.reasoning(text);
            }
        }

        @Override
        public void content(JsonSlice text) {
            if (takesContent()) {
                JsonSlice more = echo.rest(text);
                if (!more.isEmpty()) {
                    blocks.text(more);
                }
            }
        }

        @Override
        public void toolCall(
                int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
            if (takesContent()) {
                blocks.call(key, id, name, arguments);
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
            promptTokens = Math.max(total, 0);
            cachedTokens = Math.max(cached, 0);
            long step = total <= 0 ? 0 : processed / Math.max(1, total / PROGRESS_STEPS);
            if (phase == Phase.OPEN && step > progressStep && step <= PROGRESS_STEPS) {
                out.alive();
            }
            progressStep = Math.max(step, progressStep);
        }

        @Override
        public void error(byte[] data) {
            if (finish == null) {
                broken(EngineErrors.ofEvent(data, terms.source()));
            }
        }

        @Override
        public void malformed(String what) {
            if (finish == null) {
                broken(new Failure.EngineError(502, what, null));
            }
        }

        @Override
        public void done() {
            // Without anything before it, it is the end of no answer.
            if (phase == Phase.OPEN && answering) {
                if (finish == null) {
                    ended("");
                }
                complete(finish == null ? "" : finish);
            }
        }
    }
}
