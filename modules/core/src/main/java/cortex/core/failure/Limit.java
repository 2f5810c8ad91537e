package cortex.core.failure;

/// What can be full.
public enum Limit {
    /// The queue of one model.
    MODEL_QUEUE("model_queue"),
    /// The queue of all models together.
    QUEUE("queue"),
    /// What one client may have under way.
    CLIENT("client"),
    /// The memory for request bodies.
    BODIES("bodies"),
    /// The engine's own queue.
    ENGINE("engine");

    private final String label;

    Limit(String label) {
        this.label = label;
    }

    /// For metrics: lower case, a closed set.
    public String label() {
        return label;
    }
}
