package cortex.core.log;

/// How log lines look.
public enum LogFormat {
    /// For people: time, level, source, sentence.
    HUMAN,
    /// One JSON object a line.
    JSON
}
