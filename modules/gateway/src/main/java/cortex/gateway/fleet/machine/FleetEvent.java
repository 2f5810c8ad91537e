package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.files.ModelFiles;
import cortex.core.node.Discovery;
import cortex.core.node.FailureCause;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.placement.footprint.Footprint;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Is anything that can happen to the fleet. Answers to commands carry the generation they are
/// about; readings carry when they were asked for (monotonic nanoseconds), so that a late one is
/// known.
public sealed interface FleetEvent {
    /// Concerns one load; dropped when that load is history.
    sealed interface OfLoad extends FleetEvent {
        /// Returns the load it is about.
        long generation();
    }

    /// A request wants a replica. `request` is a number never used before.
    record Requested(long request, ModelProfile model, Caller caller) implements FleetEvent {}

    /// Describes who asks. `client` is who shares the fleet fairly with others (a key's or address'
    /// name, "" when all are one); `affinity` stands for the conversation, so that its requests
    /// find the replica that has its prefix cached, 0 for none; `avoid` is the generation of a
    /// replica that failed the request already, 0 for none: another one is preferred. `weight` is
    /// how many answers the request asks for (prompts, times answers to each), which an engine
    /// works at side by side in as many slots.
    record Caller(String client, long affinity, long avoid, int weight) {
        /// Nobody in particular.
        public static final Caller ANYBODY = new Caller("", 0);

        /// More than this weighs no more: a batch of a thousand texts is long, but one body.
        public static final int MOST_WEIGHT = 64;

        public Caller {
            weight = Math.clamp(weight, 1, MOST_WEIGHT);
        }

        /// Makes one that asks for one answer.
        public Caller(String client, long affinity, long avoid) {
            this(client, affinity, avoid, 1);
        }

        /// Makes one that asks for the first time.
        public Caller(String client, long affinity) {
            this(client, affinity, 0);
        }

        /// Returns the same with a request of another weight.
        public Caller weighing(int other) {
            return new Caller(client, affinity, avoid, other);
        }

        /// Returns the same, once more, after that replica failed.
        public Caller avoiding(long generation) {
            return new Caller(client, affinity, generation, weight);
        }
    }

    /// A request gave up waiting. Nothing when it was answered meanwhile: then the lease it did not
    /// take is released.
    record Left(long request) implements FleetEvent {}

    /// A lease was closed. `answered` when its engine answered the request, be it with a refusal;
    /// not when the engine was never asked.
    record Released(long request, boolean answered) implements FleetEvent {
        /// Makes one whose request was answered.
        public Released(long request) {
            this(request, true);
        }
    }

    /// A lease's engine could not be reached or broke off.
    record EngineGone(long generation, String reason) implements OfLoad {}

    /// A lease's engine answered, but that it failed. It is still asked, unless that happens again
    /// and again.
    record EngineFailed(long generation, String reason) implements OfLoad {}

    /// A neuron answered: its host when that was asked for, its readings, its replicas, and by
    /// model what it has of files, when that has changed.
    record NodeReported(
            String node,
            long askedAt,
            @Nullable Discovery discovery,
            NodeHealth health,
            List<ModelInfo> models,
            @Nullable Map<String, ModelFiles> files)
            implements FleetEvent {
        public NodeReported {
            models = List.copyOf(models);
            files = files == null ? null : Map.copyOf(files);
        }

        /// Makes one of whose files there is no news.
        public NodeReported(
                String node,
                long askedAt,
                @Nullable Discovery discovery,
                NodeHealth health,
                List<ModelInfo> models) {
            this(node, askedAt, discovery, health, models, null);
        }
    }

    /// A neuron did not answer a poll; `problem` says how. `stranger` when somebody else did: then
    /// it is unhealthy at once. `shutOut` when it and this gateway do not believe each other, so
    /// that there is nothing to wait for.
    record NodeMissed(String node, String problem, boolean stranger, boolean shutOut)
            implements FleetEvent {
        /// Makes one that nobody answered.
        public NodeMissed(String node, String problem) {
            this(node, problem, false, false);
        }
    }

    /// A load ended well: the model is served at `endpoint` (as seen from here, no slash at the
    /// end). `info` is the neuron's entry for it, with the neuron's own name for this load.
    record LoadDone(long generation, URI endpoint, String engineModel, ModelInfo info)
            implements OfLoad {}

    /// A load ended badly. `reason` says how, for people. `certain` when the neuron itself said
    /// that it failed; else it could not be told, or lost the load when it ended, or what it did is
    /// not known: only its next report tells, and the model is not to blame. `cause` is why, as far
    /// as the engine's output tells.
    record LoadFailed(long generation, String reason, boolean certain, FailureCause cause)
            implements OfLoad {
        /// Makes one whose cause nobody knows.
        public LoadFailed(long generation, String reason, boolean certain) {
            this(generation, reason, certain, FailureCause.UNKNOWN);
        }
    }

    /// A load was not tried, as its node rests or has no place for it: no load has failed.
    record LoadRefused(long generation, Rest rest) implements OfLoad {}

    /// The neuron has verified that the engine is gone.
    record UnloadDone(long generation) implements OfLoad {}

    /// The unload did not happen. `busy` when the neuron refused because of requests in flight.
    record UnloadFailed(long generation, String reason, boolean busy) implements OfLoad {}

    /// The node's harness was restarted; the models it held are gone.
    record HarnessRestarted(String node, long generation) implements FleetEvent {}

    /// The harness was not restarted. `certain` when it is sure that nothing was done.
    record HarnessNotRestarted(String node, long generation, String reason, boolean certain)
            implements FleetEvent {}

    /// An operator wants something; answered by one Outcome. `id` is a number never used before,
    /// for requests neither.
    record Wanted(long id, Wish wish) implements FleetEvent {}

    /// Is what an operator may want. Each may be wanted again without harm.
    sealed interface Wish {
        /// Wants the model loaded, on `node` when one is named, else where the planner puts it. The
        /// load belongs to the fleet; other models may have to make room as for a request.
        record Load(ModelProfile model, @Nullable String node) implements Wish {}

        /// Wants the model not loaded, on `node` or, with null, anywhere. Requests in flight end
        /// first. The next request for it loads it again. Refused where it is pinned, unless by
        /// `force`.
        record Unload(String model, @Nullable String node, boolean force) implements Wish {}

        /// Wants that the model, once loaded on the node, is not unloaded there to make room.
        record Pin(String model, String node) implements Wish {}

        /// Wants an operator's pin to end; one of the catalogue (`pinned_on`) stays.
        record Unpin(String model, String node) implements Wish {}

        /// Wants the node empty: nothing new goes there, and what is there moves to other nodes
        /// before it leaves, where it fits. Refused while a pinned model is loaded there, unless by
        /// `force`.
        record Drain(String node, boolean force) implements Wish {}

        /// Wants the node in use again.
        record Undrain(String node) implements Wish {}
    }

    /// Is what operators want that lasts: the models pinned on each node, the nodes taken out of
    /// use, and the loads that have not been successful yet.
    record Wishes(Map<String, Set<String>> pins, Set<String> drained, List<WantedLoad> loads) {
        /// Nothing.
        public static final Wishes NONE = new Wishes(Map.of(), Set.of(), List.of());

        public Wishes {
            SortedMap<String, Set<String>> sorted = new TreeMap<>();
            pins.forEach((node, models) -> sorted.put(node, inOrder(models)));
            pins = Collections.unmodifiableMap(sorted);
            drained = inOrder(drained);
            loads = List.copyOf(loads);
        }

        /// Copies a set in order: the same wishes are written and logged alike in every run.
        private static Set<String> inOrder(Set<String> names) {
            return Collections.unmodifiableSet(new TreeSet<>(names));
        }
    }

    /// Is what one run leaves to the next: what models were measured to take, the one noted longest
    /// ago first, and what operators want.
    record Kept(List<Footprint> footprints, Wishes wishes) {
        /// What is known in a first run.
        public static final Kept NOTHING = new Kept(List.of(), Wishes.NONE);

        public Kept {
            footprints = List.copyOf(footprints);
        }
    }

    /// Is a model that is to be loaded, on `node` or, with null, anywhere.
    record WantedLoad(String model, @Nullable String node) {}

    /// Time has passed.
    record Tick() implements FleetEvent {}

    /// No more requests are taken; those waiting are refused.
    record Closing() implements FleetEvent {}
}
