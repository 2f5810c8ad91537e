package cortex.gateway.serve;

import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.openai.ModelName;
import cortex.gateway.fleet.ReplicaRef;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Whose answer is relayed, and within what.
///
/// @param source what failures call the engine
/// @param idle how long it may be silent
/// @param room what is held of its answer is taken out of
/// @param name what puts our name for the model in the place of the engine's; null when the engine
///   knows the model by ours
record Answering(
        EngineErrors.Source source, Duration idle, AnswerRoom room, @Nullable ModelName name) {
    /// How long the engine's connection is read on after the answer's end, to be used again.
    static final Duration REST = Duration.ofMillis(200);

    /// An answer by a replica's engine.
    Answering(ReplicaRef replica, Duration idle, AnswerRoom room) {
        this(
                new EngineErrors.Source(replica.model(), replica.node()),
                idle,
                room,
                replica.engineModel().equals(replica.model())
                        ? null
                        : new ModelName(replica.engineModel(), replica.model()));
    }

    String model() {
        return source.model();
    }
}
