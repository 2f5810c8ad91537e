package cortex.gateway.http;

/// An endpoint whose requests go to an engine, passed through or translated. `path` is the one
/// below `/v1`; `label` the value of the `endpoint` label of metrics and logs.
public enum Endpoint {
    /// Chat, streamed or whole.
    CHAT_COMPLETIONS("/chat/completions", "chat_completions"),
    /// Plain text completion, streamed or whole.
    COMPLETIONS("/completions", "completions"),
    /// Vectors for texts.
    EMBEDDINGS("/embeddings", "embeddings"),
    /// Texts by relevance.
    RERANK("/rerank", "rerank"),
    /// Anthropic Messages, translated; streamed or whole.
    MESSAGES("/messages", "messages"),
    /// OpenAI Responses, translated; streamed or whole.
    RESPONSES("/responses", "responses"),
    /// The tokens of an Anthropic Messages request.
    COUNT_TOKENS("/messages/count_tokens", "count_tokens");

    private final String path;
    private final String label;

    Endpoint(String path, String label) {
        this.path = path;
        this.label = label;
    }

    /// Below `/v1`, here and, when passed through, at the engine.
    public String path() {
        return path;
    }

    /// For metrics and logs.
    public String label() {
        return label;
    }
}
