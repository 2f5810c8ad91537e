package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.LiveReplica;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// That models which need the same card take turns: whoever has it gets no more requests once
/// another has waited for too long. Only known for duels, and while nothing else is amiss that
/// would explain the waiting.
final class Turns {
    /// A tick, readings that are late, and memory that is waited for after an unload that may have
    /// been none.
    private static final long SLACK = Duration.ofSeconds(6).toNanos();

    /// As long as a failed load may keep a model from the card.
    private static final long BACK_OFF = Duration.ofSeconds(125).toNanos();

    private final Map<Long, Long> loadedAt = new HashMap<>();
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;
    private long quietSince;

    Turns(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
        this.quietSince = world.now();
    }

    void note(FleetEvent event) {
        if (event instanceof FleetEvent.LoadDone done) {
            loadedAt.putIfAbsent(done.generation(), world.now());
        } else if (event instanceof FleetEvent.LoadFailed
                || event instanceof FleetEvent.LoadRefused) {
            quietSince = world.now() + BACK_OFF;
        } else if (event instanceof FleetEvent.UnloadFailed
                || event instanceof FleetEvent.NodeMissed
                || (event instanceof FleetEvent.NodeReported report
                        && report.health().restarting() != null)
                || event instanceof FleetEvent.HarnessNotRestarted
                || event instanceof FleetEvent.HarnessRestarted
                || gateway.fleet().nodes().getFirst().wishes().restarting() != null
                || !setting.nodes.getFirst().plain()) {
            quietSince = Math.max(quietSince, world.now());
        }
    }

    void check(Effect.Grant grant) {
        if (!setting.duel || !gateway.alone) {
            return;
        }
        Long since = longestWaiting(grant.target().model());
        Long loaded = loadedAt.get(grant.target().generation());
        if (since == null || loaded == null) {
            return;
        }
        long from = Math.max(Math.max(since, quietSince), world.jumpedAt());
        long extra = setting.policy.eviction().maxExtraWait().toNanos();
        long least = setting.policy.eviction().minResidency().toNanos();
        Invariants.check(
                world.now() < Math.max(from + extra, loaded + least) + SLACK,
                "another model waits for the card for too long: " + grant);
    }

    /// Since when the oldest request has waited whose model is nowhere; null when there is none.
    private @Nullable Long longestWaiting(String but) {
        Long longest = null;
        for (ModelProfile model : setting.models) {
            boolean here =
                    gateway.fleet().replicas().stream()
                            .map(LiveReplica::model)
                            .anyMatch(m -> m.equals(model.id()));
            Long since = gateway.requests.waitedForSince(model.id());
            if (!here && !model.id().equals(but) && since != null) {
                longest = longest == null ? since : Long.valueOf(Math.min(longest, since));
            }
        }
        return longest;
    }
}
