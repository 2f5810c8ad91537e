package cortex.core.dialect.anthropic.stream;

/// Why an answer ended, in Anthropic's words.
public enum StopReason {
    /// The model had said all.
    END_TURN("end_turn"),
    /// It wants tools to be run.
    TOOL_USE("tool_use"),
    /// It was cut off.
    MAX_TOKENS("max_tokens"),
    /// It was filtered.
    REFUSAL("refusal");

    private final String word;

    StopReason(String word) {
        this.word = word;
    }

    /// What an engine's finish reason means. Tool calls decide more than what the engine says:
    /// engines report `stop` with calls, and `tool_calls` without any, which stalls agents. A stop
    /// sequence cannot be told from a plain end on any engine's chat API.
    static StopReason of(String finish, boolean called) {
        return switch (finish) {
            case "length" -> MAX_TOKENS;
            case "content_filter" -> REFUSAL;
            default -> called ? TOOL_USE : END_TURN;
        };
    }

    /// As it stands on the wire.
    public String word() {
        return word;
    }
}
