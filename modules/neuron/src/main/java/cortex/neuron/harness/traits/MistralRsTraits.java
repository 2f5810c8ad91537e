package cortex.neuron.harness.traits;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What mistral.rs tells: nothing but by how it was started, since neither the template nor the
/// kind of model stands in any of its answers.
public final class MistralRsTraits {
    private MistralRsTraits() {}

    /// From the engine's arguments: `serve embedding`, `serve multimodal`, a projector.
    public static EngineTraits of(List<String> args) {
        boolean embedding = args.contains("embedding");
        boolean sees = args.contains("multimodal") || args.contains("--mmproj");
        return new EngineTraits(
                EngineApi.MISTRALRS.word(),
                new EngineTraits.Abilities(
                        embedding ? Boolean.FALSE : null,
                        sees ? Boolean.TRUE : never(embedding || args.contains("text")),
                        null,
                        never(embedding),
                        embedding,
                        false),
                null);
    }

    private static @Nullable Boolean never(boolean certain) {
        return certain ? Boolean.FALSE : null;
    }
}
