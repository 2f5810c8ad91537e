package cortex.core.dialect.chat;

import cortex.core.catalogue.Harnesses;
import cortex.core.engine.EngineTraits;
import java.util.Objects;

/// Which engine's form of OpenAI chat completions a request is written in.
public enum EngineKind {
    /// llama.cpp's llama-server.
    LLAMA_SERVER,
    /// mistral.rs.
    MISTRALRS,
    /// Any other server of the API: only fields that all of them take.
    GENERIC;

    /// The kind that a model's engine turned out to be, or else the one that its harness runs.
    public static EngineKind of(String harness, EngineTraits seen) {
        return switch (Objects.requireNonNullElse(seen.api(), "")) {
            case EngineTraits.LLAMA_SERVER -> LLAMA_SERVER;
            case EngineTraits.MISTRALRS -> MISTRALRS;
            default -> ofHarness(harness);
        };
    }

    /// The kind a harness runs; the demo engine speaks as llama-server does.
    public static EngineKind ofHarness(String harness) {
        return switch (harness) {
            case Harnesses.LLAMACPP, Harnesses.DEMO -> LLAMA_SERVER;
            case Harnesses.MISTRALRS -> MISTRALRS;
            default -> GENERIC;
        };
    }
}
