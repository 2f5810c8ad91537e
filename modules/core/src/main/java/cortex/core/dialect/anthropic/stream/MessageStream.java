package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.stream.ChatEvents;
import cortex.core.dialect.chat.stream.ChatStream;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Makes an Anthropic message of an engine's chat stream. Until the first chunk has come nothing is
/// written: a failure before it is kept in {@link #earlyFailure} and should be answered with a
/// status of its own, since clients take an error event in place of an answer for a broken stream.
/// Always ends in exactly one end or failure, whatever the engine sends. Not safe for use by many
/// threads.
public final class MessageStream {
    /// How often the engine's progress with a long prompt is passed on at most, as clients count
    /// only so many pings (Claude Code: 30) as signs of life.
    private static final int PROGRESS_STEPS = 10;

    private final Answer answer;
    private final MessageEvents out;
    private final Blocks blocks;
    private final ToolUses tools;
    private final ChatStream chat = new ChatStream(new Chunks());
    private final PrefillEcho echo;
    private final JsonBuffer heldText = new JsonBuffer();
    private final JsonBuffer heldThinking = new JsonBuffer();
    private final JsonSlice view = new JsonSlice();
    private Phase phase;
    private boolean begun;
    private boolean answering;
    private @Nullable Failure failure;
    private @Nullable String finish;
    private Usage usage = Usage.NONE;
    private @Nullable Long thinkingTokens;
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
    public MessageStream(Answer answer, MessageEvents out) {
        this(answer, out, false);
    }

    /// An answer that may have `begun`: the start and perhaps pings went out while another engine,
    /// or none yet, was waited for.
    public MessageStream(Answer answer, MessageEvents out, boolean begun) {
        this.begun = begun;
        this.phase = begun ? Phase.OPEN : Phase.WAITING;
        this.answer = answer;
        this.out = out;
        this.echo = new PrefillEcho(answer.prefill());
        this.blocks = new Blocks(answer, out);
        this.tools = new ToolUses(answer, blocks);
        this.promptTokens = answer.estimatedTokens();
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

    /// Begins the message before the engine has said anything, as the client must see a sign of
    /// life. From then on a failure is an event.
    public void commit() {
        start();
        out.flush();
    }

    /// Sends a sign of life; begins the message if need be.
    public void ping() {
        if (phase != Phase.OVER) {
            start();
            out.ping();
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

    /// Whether the message has begun, so that a failure can no longer have its own status.
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

    /// What went wrong before the message began, or null.
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
            out.start(MessageUsage.of(promptTokens, cachedTokens, 0, null));
        }
    }

    private void broken(Failure reason) {
        if (phase != Phase.OVER) {
            failure = reason;
            phase = Phase.OVER;
            if (begun) {
                out.fail(reason);
            }
        }
    }

    private void eof() {
        if (phase == Phase.OVER) {
            return;
        }
        if (finish != null) {
            complete(finish);
            return;
        }
        boolean something = blocks.hasText() || tools.any();
        boolean whole = something && !tools.unfinished() && !tools.incomplete();
        if (answer.tolerateMissingFinish() && whole) {
            ended("");
            complete("");
        } else {
            String said = !answering ? "before its answer began" : "in mid-answer";
            broken(
                    new Failure.EngineGone(
                            answer.source().model(), "The engine's stream ended " + said + "."));
        }
    }

    /// The model has said all: what waits goes out.
    private void ended(String reason) {
        finish = reason;
        JsonSlice unsaid = echo.end();
        if (!unsaid.isEmpty() && !answer.prewarm()) {
            text(unsaid);
        }
        tools.finish();
        releaseHeld();
        if (!tools.any() && !heldText.isEmpty()) {
            heldText.view(view);
            blocks.append(BlockKind.TEXT, view);
        }
        blocks.close();
    }

    private void complete(String reason) {
        phase = Phase.OVER;
        Long prompt = usage.promptTokens();
        Long cached = usage.cachedTokens();
        Long output = usage.completionTokens();
        StopReason stop =
                answer.prewarm() ? StopReason.MAX_TOKENS : StopReason.of(reason, tools.any());
        out.end(
                stop,
                MessageUsage.of(
                        prompt == null ? promptTokens : prompt,
                        cached == null ? cachedTokens : cached,
                        output == null ? pieces : output,
                        thinkingTokens));
    }

    private boolean takesContent() {
        pieces++;
        return phase == Phase.OPEN && finish == null && !answer.prewarm();
    }

    private void text(JsonSlice text) {
        if (blocks.isOpen(BlockKind.TEXT)) {
            blocks.append(BlockKind.TEXT, text);
            return;
        }
        heldText.slice(text);
        if (tools.unfinished()) {
            return;
        }
        releaseHeld();
    }

    private void thinking(JsonSlice text) {
        if (blocks.isOpen(BlockKind.THINKING)) {
            blocks.append(BlockKind.THINKING, text);
            return;
        }
        if (tools.unfinished()) {
            heldThinking.slice(text);
            return;
        }
        releaseHeld();
        tools.closeLive();
        blocks.append(BlockKind.THINKING, text);
    }

    /// Sends what waited for a tool call to end. White space alone goes on waiting: next to tool
    /// calls it is dropped, before text it leads it.
    private void releaseHeld() {
        if (!heldThinking.isEmpty()) {
            tools.closeLive();
            heldThinking.view(view);
            blocks.append(BlockKind.THINKING, view);
            heldThinking.clear();
        }
        heldText.view(view);
        if (!view.isBlank()) {
            tools.closeLive();
            blocks.append(BlockKind.TEXT, view);
            heldText.clear();
        }
    }

    /// What the engine says, as it becomes part of the message.
    private final class Chunks implements ChatEvents {
        @Override
        public void chunk() {
            answering = true;
            start();
        }

        @Override
        public void reasoning(JsonSlice text) {
            if (takesContent()) {
                thinking(text);
            }
        }

        @Override
        public void content(JsonSlice text) {
            if (takesContent()) {
                JsonSlice more = echo.rest(text);
                if (!more.isEmpty()) {
                    text(more);
                }
            }
        }

        @Override
        public void toolCall(
                int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
            if (takesContent()) {
                tools.call(key, id, name, arguments);
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
            thinkingTokens = reasoning == null ? thinkingTokens : reasoning;
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
                out.ping();
            }
            progressStep = Math.max(step, progressStep);
        }

        @Override
        public void error(byte[] data) {
            if (finish == null) {
                broken(EngineErrors.ofEvent(data, answer.source()));
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
            if (phase == Phase.OPEN) {
                if (finish == null) {
                    ended("");
                }
                complete(finish == null ? "" : finish);
            }
        }
    }
}
