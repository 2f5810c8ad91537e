package cortex.demo.work;

/// What one generation took: prompt tokens found in the slot's cache, prompt tokens read and the
/// nanoseconds that took, tokens generated and the nanoseconds that took.
public record Timings(int cached, int read, long readNanos, int generated, long generatedNanos) {
    /// All tokens of the prompt.
    public int prompt() {
        return cached + read;
    }

    /// Milliseconds spent on the prompt, to the microsecond.
    public double readMillis() {
        return Math.round(readNanos / 1e3) / 1e3;
    }

    /// Milliseconds spent on generating, to the microsecond.
    public double generatedMillis() {
        return Math.round(generatedNanos / 1e3) / 1e3;
    }
}
