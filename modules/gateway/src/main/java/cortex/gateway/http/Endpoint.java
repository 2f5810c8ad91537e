package cortex.gateway.http;

import cortex.core.engine.EngineTraits;
import org.jspecify.annotations.Nullable;

/// An endpoint whose requests go to an engine, passed through or translated. `path` is the one
/// below `/v1`; `label` the value of the `endpoint` label of metrics and logs. How to add one is in
/// `docs/extending/endpoint.md`.
public enum Endpoint {
    /// Chat, streamed or whole.
    CHAT_COMPLETIONS("/chat/completions", "chat_completions", Body.JSON, Counts.ANSWERS, true),
    /// Plain text completion, streamed or whole.
    COMPLETIONS("/completions", "completions", Body.JSON, Counts.ANSWERS, true),
    /// Vectors for texts.
    EMBEDDINGS("/embeddings", "embeddings", Body.JSON, Counts.INPUTS, false),
    /// Texts by relevance.
    RERANK("/rerank", "rerank", Body.JSON, Counts.INPUTS, false),
    /// Anthropic Messages, translated; streamed or whole.
    MESSAGES("/messages", "messages", Body.JSON, Counts.ONE, true),
    /// OpenAI Responses, translated; streamed or whole.
    RESPONSES("/responses", "responses", Body.JSON, Counts.ONE, true),
    /// The tokens of an Anthropic Messages request.
    COUNT_TOKENS("/messages/count_tokens", "count_tokens", Body.JSON, Counts.ONE, false),
    /// The words of a recording, which is passed on as it comes.
    TRANSCRIPTIONS("/audio/transcriptions", "transcriptions", Body.FORM, Counts.ONE, false);

    /// The body of a request, and where in it the model is named.
    public enum Body {
        /// One JSON object, with the model in its field `model`. It is held until it is answered.
        JSON,
        /// A form (`multipart/form-data`), with the model in its part `model`. What comes after
        /// that part is passed on as it comes, and the answer likewise.
        FORM
    }

    /// What a request is charged for where engines work side by side, and which limit it has.
    public enum Counts {
        /// The answers it asks for: its prompts times `n` or `best_of`, up to `max_n`.
        ANSWERS,
        /// The inputs it brings, up to `max_inputs`.
        INPUTS,
        /// One.
        ONE
    }

    private final String path;
    private final String label;
    private final Body body;
    private final Counts counts;
    private final boolean converses;

    Endpoint(String path, String label, Body body, Counts counts, boolean converses) {
        this.path = path;
        this.label = label;
        this.body = body;
        this.counts = counts;
        this.converses = converses;
    }

    /// Below `/v1`, here and, when passed through, at the engine.
    public String path() {
        return path;
    }

    /// For metrics and logs.
    public String label() {
        return label;
    }

    /// What the body of its requests is.
    public Body body() {
        return body;
    }

    /// Whether an engine of which so much is known answers its requests; null where that is not
    /// known, or left to the engine to say.
    public @Nullable Boolean isAnsweredBy(EngineTraits traits) {
        return this == TRANSCRIPTIONS ? traits.abilities().audio() : null;
    }

    /// What its requests are charged for.
    public Counts counts() {
        return counts;
    }

    /// Whether an engine goes on with what it is sent: then the answer may be asked for as a
    /// stream, and the replica that has a conversation's prefix in its cache is preferred.
    public boolean converses() {
        return converses;
    }
}
