package cortex.simulation.replay;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.CatalogueReader;
import cortex.core.config.ConfigReading;
import cortex.gateway.config.EvictionConfig.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the strategies would have made of a trace, for the command line.
public final class Replays {
    private Replays() {}

    /// What to replay: a file of JSON Lines, or without one the trace that `workload` makes of
    /// `seed`. Without `fleet` or `models` (files of TOML) a small example of each is used.
    public record Source(
            @Nullable Path trace,
            @Nullable Workload workload,
            long seed,
            @Nullable Path fleet,
            @Nullable Path models) {}

    /// Reads all that a replay needs.
    ///
    /// @throws TraceException when it makes no sense
    /// @throws cortex.core.config.problem.ConfigException with every problem of the files of TOML
    /// @throws IOException when the trace cannot be read
    public static Scene scene(Source source) throws IOException {
        ConfigReading reading = ConfigReading.from(Map.of());
        Path models = source.models;
        Catalogue catalogue =
                models == null
                        ? Workload.catalogue()
                        : CatalogueReader.read(reading.open(models, "The catalogue."), null);
        Path nodes = source.fleet;
        ReplayFleet fleet =
                nodes == null
                        ? Workload.fleet()
                        : ReplayFleet.read(reading.open(nodes, "The nodes of a replay."));
        reading.finish();
        return new Scene(trace(source, catalogue), fleet, catalogue, Scene.Rules.DEFAULT);
    }

    private static Trace trace(Source source, Catalogue catalogue) throws IOException {
        Path file = source.trace;
        return file == null
                ? Objects.requireNonNull(source.workload).generate(catalogue, source.seed)
                : Trace.read(Files.readAllLines(file));
    }

    /// What came of it under each strategy, and last under the clairvoyant rule that did best.
    public static List<Outcome> run(Scene scene, List<Strategy> strategies) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Strategy strategy : strategies) {
            outcomes.add(Replay.run(scene, strategy));
        }
        outcomes.add(baseline(scene));
        return outcomes;
    }

    /// The clairvoyant rule with the fewest cold-start seconds.
    static Outcome baseline(Scene scene) {
        return Stream.of(Clairvoyant.Weight.values())
                .map(weight -> Replay.run(scene, weight))
                .min(Comparator.comparingDouble(outcome -> outcome.loads().coldStartSecs()))
                .orElseThrow();
    }
}
