package cortex.neuron.harness;

import cortex.core.node.LoadRequest;
import cortex.neuron.harness.cause.CauseRules;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Drives one kind of engine that runs as one process per model: how it is started, and how it is
/// asked. Pure but for what it asks; holds no state.
interface EngineDriver {
    /// Null when the program is there, else what is missing. Never waits.
    @Nullable String unavailable();

    /// The command line that serves the model on this loopback port.
    Command command(Harness.Launch launch, int port);

    /// Asks the engine at `url` whether it serves the model of `request`.
    Readiness.Answer<Harness.Facts> ask(EngineHttp http, URI url, LoadRequest request)
            throws InterruptedException;

    /// The variable of its environment in which an engine for `request` takes the key that it then
    /// asks of everybody; null for one that takes none.
    default @Nullable String keyVariable(LoadRequest request) {
        return null;
    }

    /// How the line is found in its output that says why it failed.
    default CauseRules causes() {
        return CauseRules.NONE;
    }

    /// How many requests the engine at `url` works at or has waiting, by its own word; null when it
    /// does not count them.
    ///
    /// @throws IOException when it does not answer in time
    default @Nullable Integer requests(EngineHttp http, URI url, LoadRequest request)
            throws IOException, InterruptedException {
        return null;
    }

    /// Asks the engine at `url` for a sign of life that costs it nothing, and waits for no request.
    ///
    /// @throws IOException when it does not answer in time
    default void greet(EngineHttp http, URI url) throws IOException, InterruptedException {
        http.get(url, "/health", Duration.ofSeconds(3));
    }

    /// How much the engine at `url` has worked so far, by its own count, which grows while it gets
    /// on; null while it has nothing to do, and for one that does not count.
    ///
    /// @throws IOException when it does not answer in time
    default @Nullable Long work(EngineHttp http, URI url, LoadRequest request)
            throws IOException, InterruptedException {
        return null;
    }

    /// Program and arguments, and variables for its environment.
    record Command(List<String> argv, Map<String, String> environment) {
        public Command {
            argv = List.copyOf(argv);
            environment = Map.copyOf(environment);
        }

        /// The same with one more variable.
        Command with(String variable, String value) {
            Map<String, String> more = new LinkedHashMap<>(environment);
            more.put(variable, value);
            return new Command(argv, more);
        }
    }
}
