package cortex.core.dialect.chat.request;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.chat.ImageTranscoder;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Quirks;
import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import java.util.Map;

/// Whom a request is translated for.
///
/// @param engineModel the name the engine answers to
/// @param api the form of the API that the engine speaks
/// @param fetched images that were given by web address, as `data:` URLs by that address, or why
///   there is none
public record Target(
        String engineModel,
        EngineApi api,
        Quirks quirks,
        ImageTranscoder transcoder,
        Map<String, String> fetched) {
    public Target {
        fetched = Map.copyOf(fetched);
    }

    /// A target for requests whose images all came as data.
    public Target(String engineModel, EngineApi api, Quirks quirks, ImageTranscoder transcoder) {
        this(engineModel, api, quirks, transcoder, Map.of());
    }

    /// A target whose engine gets images as they came.
    public Target(String engineModel, EngineApi api, Quirks quirks) {
        this(engineModel, api, quirks, ImageTranscoder.NONE);
    }

    /// The target that a model is, by its catalogue entry and what its engine gave away.
    public static Target of(ModelProfile model, EngineTraits seen) {
        return new Target(
                model.id(), EngineApi.of(model.engine().harness(), seen), Quirks.of(model, seen));
    }

    /// The same, with tools' schemas in the simplest form.
    public Target withStrippedSchemas() {
        return new Target(engineModel, api, quirks.withStrippedSchemas(), transcoder, fetched);
    }

    /// The same, for a request some of whose images were fetched.
    public Target withFetched(Map<String, String> images) {
        return new Target(engineModel, api, quirks, transcoder, images);
    }

    /// What becomes of the request's images.
    public Images images() {
        return new Images(api, quirks, transcoder, fetched);
    }
}
