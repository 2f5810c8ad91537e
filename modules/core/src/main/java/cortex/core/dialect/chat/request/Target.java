package cortex.core.dialect.chat.request;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.ImageTranscoder;
import cortex.core.dialect.chat.Quirks;
import cortex.core.engine.EngineTraits;

/// Whom a request is translated for. `engineModel` is the name the engine answers to.
public record Target(
        String engineModel, EngineKind kind, Quirks quirks, ImageTranscoder transcoder) {
    /// A target whose engine gets images as they came.
    public Target(String engineModel, EngineKind kind, Quirks quirks) {
        this(engineModel, kind, quirks, ImageTranscoder.NONE);
    }

    /// The target that a model is, by its catalogue entry and what its engine gave away.
    public static Target of(ModelProfile model, EngineTraits seen) {
        return new Target(model.id(), EngineKind.of(model.harness(), seen), Quirks.of(model, seen));
    }

    /// The same, with tools' schemas in the simplest form.
    public Target withStrippedSchemas() {
        return new Target(engineModel, kind, quirks.withStrippedSchemas(), transcoder);
    }
}
