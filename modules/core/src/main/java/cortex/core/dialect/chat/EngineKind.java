package cortex.core.dialect.chat;

import cortex.core.catalogue.Harnesses;

/// Which engine's form of OpenAI chat completions a request is written in.
public enum EngineKind {
    /// llama.cpp's llama-server.
    LLAMA_SERVER,
    /// mistral.rs.
    MISTRALRS,
    /// Any other server of the API: only fields that all of them take.
    GENERIC;

    /// The kind a harness runs; the demo engine speaks as llama-server does.
    public static EngineKind ofHarness(String harness) {
        return switch (harness) {
            case Harnesses.LLAMACPP, Harnesses.DEMO -> LLAMA_SERVER;
            case Harnesses.MISTRALRS -> MISTRALRS;
            default -> GENERIC;
        };
    }
}
