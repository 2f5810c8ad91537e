package cortex.core.dialect.chat.stream;

import cortex.core.dialect.sse.EventField;
import cortex.core.dialect.sse.LineCutter;

/// Reads one engine's chat completions stream. Fed with its raw bytes in any portions; the events
/// do not depend on how it was cut. Comments are dropped, and so are events with a name but for
/// `error`: engines name events of their own that no client knows. Not safe for use by many
/// threads.
public final class ChatStream {
    private final LineCutter cutter;
    private final PlainChunk plain = new PlainChunk();
    private final CallKeys keys = new CallKeys();
    private final ChunkTree tree;
    private final ChatEvents events;
    private Name name = Name.PLAIN;

    /// A stream at its start.
    public ChatStream(ChatEvents events) {
        this.events = events;
        this.tree = new ChunkTree(keys, events);
        this.cutter = new LineCutter(new Lines());
    }

    /// Takes the stream's next bytes.
    public void feed(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int rest = cutter.cut(bytes, offset, end);
        cutter.keep(bytes, rest, end);
    }

    /// Takes the stream's end: what stood in a last line without a line break still counts.
    public void end() {
        cutter.end();
    }

    /// How many bytes are held of the stream: a line that has not ended, and the calls' names.
    public long held() {
        return cutter.held() + keys.held();
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

    private enum Name {
        PLAIN,
        ERROR,
        FOREIGN
    }

    private final class Lines implements LineCutter.Lines {
        @Override
        public void line(byte[] bytes, int start, int end, int next) {
            EventField field = EventField.of(bytes, start, end);
            int from = field.value(bytes, start, end);
            switch (field) {
                case DATA -> data(bytes, from, end);
                case EVENT -> name = nameOf(bytes, from, end);
                case BLANK -> name = Name.PLAIN;
                case ERROR -> tree.read(bytes, from, end, true);
                case COMMENT, ID, RETRY, OTHER -> {}
            }
        }

        @Override
        public void tooLong() {
            events.malformed("The engine's stream has a line that does not end.");
        }
    }

    private void data(byte[] bytes, int from, int to) {
        if (name == Name.FOREIGN || from == to) {
            return;
        }
        if (EventField.isDone(bytes, from, to)) {
            events.done();
        } else if (name == Name.PLAIN && plain.read(bytes, from, to)) {
            plain();
        } else {
            tree.read(bytes, from, to, name == Name.ERROR);
        }
    }

    private static Name nameOf(byte[] bytes, int from, int to) {
        if (EventField.isErrorName(bytes, from, to)) {
            return Name.ERROR;
        }
        return EventField.isPlainName(bytes, from, to) ? Name.PLAIN : Name.FOREIGN;
    }
}
