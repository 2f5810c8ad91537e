package cortex.gateway.placement.footprint;

/// Says how much a model may be said to take before more than one node has to say so.
public final class Believable {
    /// The most that any host has: 1 PiB, in MiB.
    static final long MOST_MB = 1L << 30;

    /// How many times what the catalogue expects: caches and long contexts make some models take
    /// twice as much, nothing ten times.
    private static final long TIMES = 4;

    /// What an engine takes beside its model, in MiB, however small that is.
    private static final long BESIDE_MB = 2_048;

    private Believable() {}

    /// Returns whether one node's word is enough to expect so much of a model everywhere.
    public static boolean everywhere(long mb, long catalogueMb) {
        return mb <= Math.max(TIMES * catalogueMb, catalogueMb + BESIDE_MB);
    }
}
