package cortex.core.config;

/// A value that must never be printed. `toString` masks it; `reveal` is called where it is used.
public record Secret(String reveal) {
    /// What is printed in its place.
    static final String MASK = "********";

    @Override
    public String toString() {
        return MASK;
    }
}
