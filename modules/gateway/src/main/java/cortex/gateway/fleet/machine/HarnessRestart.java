package cortex.gateway.fleet.machine;

import cortex.core.node.HarnessHealth;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect.PollNow;
import cortex.gateway.fleet.machine.Effect.RestartHarness;
import cortex.gateway.fleet.machine.FleetEvent.HarnessNotRestarted;
import cortex.gateway.fleet.machine.FleetEvent.HarnessRestarted;
import cortex.gateway.fleet.machine.NodeState.Restart;
import cortex.gateway.fleet.machine.Wait.Wanted;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.rules.UnloadReason.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Restarts a harness after many loads, in a pause without requests: loads and unloads leave its
/// memory in pieces.
final class HarnessRestart {
    /// How long after a restart, or the try of one, the next may follow.
    private static final Duration RESTART_AGAIN = Duration.ofMinutes(1);

    private static final UnloadReason HARNESS = UnloadReason.of(Cause.HARNESS);

    private final FleetState state;

    HarnessRestart(FleetState state) {
        this.state = state;
    }

    /// Begins the restarts that are due.
    void onTick() {
        if (!state.closing()) {
            state.nodes().forEach(this::restart);
        }
    }

    private void restart(NodeState node) {
        int cycles = state.settings().policy().eviction().defragAfterCycles();
        NodeHealth health = node.health();
        boolean possible = node.healthy() && node.isCertain() && node.restart() == null;
        if (cycles == 0 || health == null || !possible || state.now() < node.restartAt()) {
            return;
        }
        for (HarnessHealth harness : health.harnesses()) {
            if (harness.restartable() && harness.cycles() >= cycles && harness.inFlight() == 0) {
                List<Replica> held = held(node, harness.name());
                if (held != null) {
                    begin(node, harness.name(), held);
                    return;
                }
            }
        }
    }

    /// Returns the harness's replicas on the node when all of them are at rest and nobody waits for
    /// a model of its kind; else null.
    private @Nullable List<Replica> held(NodeState node, String harness) {
        for (Wait wait : state.waits()) {
            ModelState model = wait.model();
            if (model.profile() != null && model.profile().engine().harness().equals(harness)) {
                return null;
            }
        }
        List<Replica> held = new ArrayList<>();
        for (Replica replica : node.replicas()) {
            ModelState model = replica.of();
            if (replica.state() instanceof Loaded loaded) {
                if (loaded.serving().info().engine().harness().equals(harness)) {
                    if (!replica.idle() || !rested(replica)) {
                        return null;
                    }
                    held.add(replica);
                }
            } else if (model.profile() == null
                    || model.profile().engine().harness().equals(harness)) {
                return null;
            }
        }
        return held;
    }

    /// Returns whether a replica has been without a request for as long as a model stays at least:
    /// a pause between two requests of one conversation is not the moment.
    private boolean rested(Replica replica) {
        long pause = state.settings().policy().eviction().minResidency().toNanos();
        return replica.state() instanceof Ready ready && state.now() - ready.lastUsed() >= pause;
    }

    private void begin(NodeState node, String harness, List<Replica> held) {
        for (Replica replica : held) {
            var loaded = (Loaded) replica.state();
            state.move(replica, new Unloading(loaded.serving(), state.now(), HARNESS));
        }
        long generation = state.nextGeneration();
        node.restarts(new Restart(generation, harness, held));
        state.effect(new RestartHarness(node.name(), generation, harness));
    }

    /// Takes the harness's replicas off the books: they are gone, or found again by the node's next
    /// report where each has a process of its own. Pinned ones are loaded again.
    void onRestarted(HarnessRestarted event) {
        Restart restart = end(event.node(), event.generation());
        if (restart == null) {
            return;
        }
        for (Replica replica : restart.replicas()) {
            if (gone(replica) && replica.pinned()) {
                ModelState model = replica.of();
                if (model.profile() != null && model.wanted() == null) {
                    state.want(
                            model, new Wanted(state.newestRequest(), replica.home(), state.now()));
                }
            }
        }
        state.dirty().all();
    }

    /// Lets the harness's replicas serve on when nothing was done. When that is not known, the
    /// node's next report finds those that are still there.
    void onNotRestarted(HarnessNotRestarted event) {
        Restart restart = end(event.node(), event.generation());
        if (restart == null) {
            return;
        }
        for (Replica replica : restart.replicas()) {
            if (!event.certain()) {
                gone(replica);
            } else if (state.has(replica) && replica.state() instanceof Unloading unloading) {
                state.move(replica, new Ready(unloading.serving(), 0, state.now()));
            }
        }
        state.dirty().all();
    }

    private @Nullable Restart end(String name, long generation) {
        NodeState node = state.node(name);
        Restart restart = node == null ? null : node.restart();
        if (node == null || restart == null || restart.generation() != generation) {
            return null;
        }
        node.restarted(state.now(), state.now() + RESTART_AGAIN.toNanos());
        state.effect(new PollNow(name));
        return restart;
    }

    private boolean gone(Replica replica) {
        if (!state.has(replica)) {
            return false;
        }
        state.remove(replica);
        return true;
    }
}
