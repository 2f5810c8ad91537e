package cortex.core.dialect.chat.stream;

/// Reads one engine's chat completions stream. Fed with its raw bytes in any portions; the events
/// do not depend on how it was cut. Not safe for use by many threads.
public final class ChatStream {
    private final SseLines lines;
    private final PlainChunk plain = new PlainChunk();
    private final CallKeys keys = new CallKeys();
    private final ChunkTree tree;
    private final ChatEvents events;

    /// A stream at its start.
    public ChatStream(ChatEvents events) {
        this.events = events;
        this.tree = new ChunkTree(keys, events);
        this.lines = new SseLines(new Data());
    }

    /// Takes the stream's next bytes.
    public void feed(byte[] bytes, int offset, int length) {
        lines.feed(bytes, offset, length);
    }

    /// Takes the stream's end: what stood in a last line without a line break still counts.
    public void end() {
        lines.end();
    }

    /// How many bytes are held of the stream: a line that has not ended, and the calls' names.
    public long held() {
        return lines.held() + keys.held();
    }

    private void plain() {
        events.chunk();
        if (!plain.reasoning().isEmpty()) {
            events.reasoning(plain.reasoning());
        }
        if (!plain.content().isEmpty()) {
            events.content(plain.content());
        }
        if (plain.toolIndex() >= 0 && !plain.arguments().isEmpty()) {
            int key = keys.keyOf(plain.toolIndex(), null, false);
            events.toolCall(key, null, null, plain.arguments());
        }
    }

    private final class Data implements SseLines.Lines {
        @Override
        public void data(byte[] bytes, int from, int to, boolean error) {
            if (!error && plain.read(bytes, from, to)) {
                plain();
            } else {
                tree.read(bytes, from, to, error);
            }
        }

        @Override
        public void done() {
            events.done();
        }

        @Override
        public void tooLong() {
            events.malformed("The engine's stream has a line that does not end.");
        }
    }
}
