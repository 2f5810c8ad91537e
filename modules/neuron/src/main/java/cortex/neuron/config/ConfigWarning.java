package cortex.neuron.config;

/// What does not work as somebody may think in a configuration that can be used: the key that it is
/// about (`harnesses[0].binary`), and a sentence without its dot.
public record ConfigWarning(String key, String text) {
    @Override
    public String toString() {
        return key + ": " + text;
    }
}
