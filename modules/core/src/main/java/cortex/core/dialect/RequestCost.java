package cortex.core.dialect;

/// What a request costs whoever serves it, counted before it is spent.
///
/// @param tokens the tokens of JSON in its body, those in the arguments of tool calls included
/// @param treeBytes a bound on the heap that a tree of its body takes
/// @param prompts how many prompts, texts to embed or documents to rank it brings, at least 1
/// @param each how many answers it asks for to each of them, at least 1
public record RequestCost(long tokens, long treeBytes, int prompts, int each) {
    /// The cost of what nobody has read.
    public static final RequestCost ONE = new RequestCost(0, 0, 1, 1);

    /// Heap that one token costs at most: an object of one property (120 bytes over four tokens and
    /// its map's table of 80) and a short text (64) are the dearest.
    private static final long BYTES_A_TOKEN = 96;

    /// Heap that a byte of text costs at most: one character of two bytes.
    private static final long BYTES_A_BYTE = 2;

    /// The cost of a body of this many tokens and bytes.
    static RequestCost of(long tokens, long length, int prompts, int each) {
        long tree = tokens * BYTES_A_TOKEN + length * BYTES_A_BYTE;
        return new RequestCost(tokens, tree, Math.max(1, prompts), Math.max(1, each));
    }

    /// How many answers it asks for: at least 1.
    public int weight() {
        return (int) Math.min(Integer.MAX_VALUE, (long) prompts * each);
    }
}
