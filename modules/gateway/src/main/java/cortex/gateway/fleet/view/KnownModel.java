package cortex.gateway.fleet.view;

import cortex.core.engine.EngineTraits;
import cortex.core.node.ModelInfo;
import org.jspecify.annotations.Nullable;

/// Is what an engine said of a model.
///
/// @param slots how many requests it takes at once; null when unknown
/// @param context the tokens that one request may have; null when unknown
/// @param traits what the model can do
public record KnownModel(@Nullable Integer slots, @Nullable Integer context, EngineTraits traits) {
    /// No engine has said anything.
    public static final KnownModel NOTHING = new KnownModel(null, null, EngineTraits.UNKNOWN);

    /// Takes it from a neuron's entry.
    public static KnownModel of(ModelInfo entry) {
        EngineTraits traits = entry.engine().traits();
        return new KnownModel(
                entry.engine().slots(),
                entry.engine().context(),
                traits == null ? EngineTraits.UNKNOWN : traits);
    }
}
