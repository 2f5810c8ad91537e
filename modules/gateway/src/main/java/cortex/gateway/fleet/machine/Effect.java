package cortex.gateway.fleet.machine;

import com.fasterxml.jackson.annotation.JsonProperty;
import cortex.core.failure.Failure;
import cortex.core.node.LoadRequest;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.placement.footprint.Footprint;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is what the machine wants done, as a value: the production code carries them out, tests compare
/// them, the simulator interprets them. Each command is answered by exactly one event with its
/// generation.
public sealed interface Effect {
    /// Says what happens to a request.
    sealed interface Answer extends Effect {
        /// Returns the request it is for.
        long request();
    }

    /// Says what a node is to do.
    sealed interface Command extends Effect {
        /// Returns the node's configured name.
        String node();
    }

    /// Lets a request go to a replica; to be answered by Released. It may take `slots` of the
    /// engine's, null when the engine does not tell how many it has; `cold` when it had to wait for
    /// a load.
    record Grant(long request, Target target, @Nullable Integer slots, boolean cold)
            implements Answer {}

    /// Says where a grant leads.
    record Target(String model, String node, URI endpoint, String engineModel, long generation) {}

    /// Refuses a request.
    record Refuse(long request, Failure failure) implements Answer {}

    /// Answers an operator's wish, given at once: what was changed or begun, nothing when all was
    /// so already; or why it cannot be. What was begun goes on; the snapshot shows how far.
    record Outcome(long wish, List<Change> changes, @Nullable Failure refused) implements Effect {
        public Outcome {
            changes = List.copyOf(changes);
        }
    }

    /// Is one thing a wish changed. `model` is null when it is about the node as a whole; `text` is
    /// one sentence for people.
    record Change(@Nullable String model, String node, Step step, String text) {}

    /// Names what was begun or done.
    enum Step {
        /// A load was begun; the model serves when it is done.
        @JsonProperty("loading")
        LOADING,
        /// A load will begin when there is room; it is being made.
        @JsonProperty("waiting")
        WAITING,
        /// Takes no new requests; is unloaded when those in flight have ended.
        @JsonProperty("draining")
        DRAINING,
        /// The node was told to unload it.
        @JsonProperty("unloading")
        UNLOADING,
        /// It serves until another replica is ready, then it is unloaded.
        @JsonProperty("moving")
        MOVING,
        /// It takes requests again.
        @JsonProperty("restored")
        RESTORED,
        /// It is not unloaded to make room any more.
        @JsonProperty("pinned")
        PINNED,
        /// It may be unloaded to make room again.
        @JsonProperty("unpinned")
        UNPINNED,
        /// The node gets nothing new.
        @JsonProperty("drained")
        DRAINED,
        /// The node takes part again.
        @JsonProperty("undrained")
        UNDRAINED
    }

    /// Has a model loaded; answered by LoadDone or LoadFailed.
    record StartLoad(String node, long generation, LoadRequest request) implements Command {}

    /// Has a load watched that is there already (found on a neuron) until it is ready, as StartLoad
    /// does; answered by LoadDone or LoadFailed.
    record Adopt(String node, long generation, String model, String replica) implements Command {}

    /// Has one replica unloaded, named by the neuron's own id for that load, if it is idle there;
    /// answered by UnloadDone or UnloadFailed.
    record StartUnload(String node, long generation, String model, String replica, UnloadReason why)
            implements Command {}

    /// Has a node's harness restarted if nothing is in flight there; answered by HarnessRestarted
    /// or HarnessNotRestarted.
    record RestartHarness(String node, long generation, String harness) implements Command {}

    /// Has kept what a model was measured to take, for the next run; `driftsAnew`: the catalogue is
    /// far off, and was not so before. Not answered.
    record Remember(Footprint footprint, boolean driftsAnew) implements Effect {}

    /// Has kept what operators want, for the next run; replaces what was to be kept. Not answered.
    record KeepWishes(FleetEvent.Wishes wishes) implements Effect {}

    /// Has a node polled now, and not only when the next poll is due. Not answered.
    record PollNow(String node) implements Command {}
}
