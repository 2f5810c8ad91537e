package cortex.core.engine;

/// How hard a model may be asked to think, least first.
public enum Effort {
    /// A little.
    LOW,
    /// Some.
    MEDIUM,
    /// Much.
    HIGH,
    /// More than that.
    XHIGH,
    /// As much as there is.
    MAX
}
