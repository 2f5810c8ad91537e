package cortex.gateway.serve;

import cortex.core.dialect.openai.EngineErrors;
import java.time.Duration;

/// Whose answer is relayed, and within what.
///
/// @param source what failures call the engine
/// @param idle how long it may be silent
/// @param room what is held of its answer is taken out of
record Answering(EngineErrors.Source source, Duration idle, AnswerRoom room) {
    String model() {
        return source.model();
    }
}
