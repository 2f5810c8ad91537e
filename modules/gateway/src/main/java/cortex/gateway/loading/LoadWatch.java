package cortex.gateway.loading;

import cortex.core.node.FailureCause;
import cortex.core.node.ModelInfo;
import cortex.core.node.UnloadRequest;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.nodes.NeuronClient;
import cortex.gateway.nodes.NeuronException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Watches one load until it is ready, has failed, has vanished, or makes no progress. A load has
/// no time limit in all: big models take long; only silence ends it. What progress is the node says
/// (memory that grows, files being read, output, CPU time); of one that does not say, it is a
/// change of what it lists.
final class LoadWatch {
    /// How a neuron begins a refusal; the gateway says the same of its own, with the node's name.
    private static final Pattern NEURONS_OWN =
            Pattern.compile("^The model '[^']*' could not be loaded on [^:]*: ");

    private static final Duration EACH = Duration.ofMillis(200);
    private static final int MAX_CHARS = 800;

    private final NeuronClient neuron;
    private final Listing listing;
    private final Time time;
    private final Duration silence;

    /// Gives a load up when it makes no progress for `silence`.
    LoadWatch(NeuronClient neuron, Time time, Duration silence) {
        this.neuron = neuron;
        this.listing = new Listing(neuron);
        this.time = time;
        this.silence = silence;
    }

    /// The event that ends a load: LoadDone or LoadFailed.
    FleetEvent await(long generation, String model, String replica) throws InterruptedException {
        long progressAt = time.nanos();
        Object last = null;
        String problem = null;
        while (true) {
            try {
                ModelInfo entry = find(listing.models(), replica);
                FleetEvent end = end(generation, model, entry);
                if (end != null) {
                    return end;
                }
                problem = null;
                Double ago = entry == null ? null : entry.load().lastProgressSecs();
                Object seen = entry == null ? null : progress(entry);
                if (ago != null) {
                    long told = time.nanos() - (long) (ago * 1e9);
                    progressAt = Math.max(progressAt, told);
                } else if (!Objects.equals(seen, last)) {
                    last = seen;
                    progressAt = time.nanos();
                }
            } catch (NeuronException e) {
                problem = e.text();
            }
            if (time.nanos() - progressAt > silence.toNanos()) {
                return giveUp(generation, model, replica, problem);
            }
            time.sleep(EACH);
        }
    }

    /// What changes as a load goes on, when the node tells no more.
    private static Object progress(ModelInfo entry) {
        return List.of(entry.status(), String.valueOf(entry.memory().vramUsedMb()));
    }

    private @Nullable FleetEvent end(long generation, String model, @Nullable ModelInfo entry)
            throws NeuronException, InterruptedException {
        if (entry == null) {
            return new FleetEvent.LoadFailed(
                    generation, "the node no longer knows of this load", false);
        }
        return switch (entry.status()) {
            case LOADING -> null;
            case LOADED -> {
                NeuronClient.Endpoint endpoint = neuron.endpoint(model);
                yield new FleetEvent.LoadDone(
                        generation, endpoint.url(), endpoint.engineModel(), entry);
            }
            case FAILED -> failed(generation, entry);
            case UNLOADING, UNLOADED ->
                    new FleetEvent.LoadFailed(generation, "it was unloaded meanwhile", false);
        };
    }

    /// Stops a load that stands still, so that it does not hold memory nobody knows of.
    private FleetEvent giveUp(
            long generation, String model, String replica, @Nullable String problem)
            throws InterruptedException {
        String text = "no progress for " + silence.toSeconds() + " s";
        String reason = problem == null ? text : text + " (the node " + problem + ")";
        try {
            neuron.unload(new UnloadRequest(model, replica, false));
            return new FleetEvent.LoadFailed(generation, reason, true);
        } catch (NeuronException e) {
            return new FleetEvent.LoadFailed(generation, reason + "; " + e.text(), false);
        }
    }

    private static @Nullable ModelInfo find(List<ModelInfo> models, String replica) {
        return models.stream().filter(m -> m.replica().equals(replica)).findFirst().orElse(null);
    }

    /// Why a load failed, as its neuron tells it.
    private static FleetEvent failed(long generation, ModelInfo entry) {
        String reason = entry.engine().reason();
        FailureCause cause = entry.engine().cause();
        return new FleetEvent.LoadFailed(
                generation,
                reason == null ? "the engine gave no reason" : words(reason),
                true,
                cause == null ? FailureCause.UNKNOWN : cause);
    }

    /// What a neuron says, in one line that fits an error message.
    static String words(String said) {
        String line =
                NEURONS_OWN.matcher(said.strip()).replaceFirst("").lines().findFirst().orElse("");
        // It goes on in sentences of ours.
        String clean = line.replaceAll("\\p{Cntrl}", " ").strip().replaceAll("[.]+$", "");
        if (clean.isEmpty()) {
            return "the node gave no reason";
        }
        return clean.length() <= MAX_CHARS ? clean : clean.substring(0, MAX_CHARS) + "…";
    }
}
