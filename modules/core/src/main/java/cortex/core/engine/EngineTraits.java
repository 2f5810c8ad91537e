package cortex.core.engine;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a ready engine says of the model it runs, in its own answers and by how it was started.
/// Everything is null where nothing is known, which is not the same as false. On the wire the
/// abilities stand among its own fields.
///
/// @param api the form of the API it speaks, an {@link EngineApi#word}
/// @param abilities what it can do with the model
/// @param template what its chat template asks for
public record EngineTraits(
        @Nullable String api,
        @JsonUnwrapped Abilities abilities,
        @Nullable TemplateTraits template) {
    /// Nothing is known.
    public static final EngineTraits UNKNOWN = new EngineTraits(null, Abilities.UNKNOWN, null);

    /// What an engine can do with a model.
    ///
    /// @param tools it can call tools
    /// @param vision it sees images
    /// @param audio it hears recordings
    /// @param reasoning it can reason before it answers, and be told to
    /// @param embeddings it makes vectors of texts
    /// @param rerank it orders texts by relevance
    public record Abilities(
            @Nullable Boolean tools,
            @Nullable Boolean vision,
            @Nullable Boolean audio,
            @Nullable Boolean reasoning,
            @Nullable Boolean embeddings,
            @Nullable Boolean rerank) {
        /// Nothing is known.
        public static final Abilities UNKNOWN = new Abilities(null, null, null, null, null, null);
    }

    /// Whether an engine that takes llama-server's arguments is told to make vectors.
    public static boolean toldToEmbed(List<String> args) {
        return args.contains("--embeddings") || args.contains("--embedding");
    }

    /// Whether an engine that takes llama-server's arguments is told to order texts.
    public static boolean toldToRerank(List<String> args) {
        return args.contains("--rerank") || args.contains("--reranking");
    }
}
