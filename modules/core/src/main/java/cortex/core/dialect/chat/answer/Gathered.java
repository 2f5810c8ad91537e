package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The blocks of one answer so far, with all that was said in them. Not safe for use by many
/// threads.
public final class Gathered {
    /// What a block costs besides its texts.
    private static final int BLOCK = 1 << 10;

    private final List<Block> blocks = new ArrayList<>();
    private long held;

    /// No block.
    public Gathered() {}

    /// All blocks, the open one last; a view.
    public List<Block> blocks() {
        return Collections.unmodifiableList(blocks);
    }

    /// Opens a block.
    public Block open(BlockKind kind, String id, String name) {
        Block block = new Block(kind, id, name);
        blocks.add(block);
        held += BLOCK + 2L * (id.length() + name.length());
        return block;
    }

    /// Appends to the open block.
    public void append(JsonSlice more) {
        blocks.getLast().append(more);
        held += more.length();
    }

    /// Closes the open block.
    public void close(boolean whole) {
        blocks.getLast().close(whole);
    }

    /// How many bytes it holds, about.
    public long held() {
        return held;
    }
}
