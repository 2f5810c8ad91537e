package cortex.core.dialect.chat.request;

import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.ImageTranscoder;
import cortex.core.dialect.chat.Quirks;

/// Whom a request is translated for. `engineModel` is the name the engine answers to.
public record Target(
        String engineModel, EngineKind kind, Quirks quirks, ImageTranscoder transcoder) {
    /// A target whose engine gets images as they came.
    public Target(String engineModel, EngineKind kind, Quirks quirks) {
        this(engineModel, kind, quirks, ImageTranscoder.NONE);
    }
}
