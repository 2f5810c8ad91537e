package cortex.gateway.fleet.rules;

import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.Verdict;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Use;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Chooses the replicas that have to drain so that a model fits where it can only fit after a
/// drain.
public final class MakingWay {
    private MakingWay() {}

    /// Returns the replicas that stand in the way on the verdict's devices: never a pinned one or
    /// one of a class above `priority`; idle ones first, then those of which the model has more
    /// than it needs (`spare`), then the lowest class, then the least recently used, and no more
    /// than are needed. With `alone` the devices have to be empty.
    public static List<Resident> who(
            Verdict verdict, int priority, boolean alone, Predicate<Resident> spare) {
        NodeRoom room = verdict.room();
        List<Integer> devices =
                verdict.devices().isEmpty() ? List.of(NodeRoom.RAM) : verdict.devices();
        Map<Integer, Long> missing = new HashMap<>();
        for (int i = 0; i < devices.size(); i++) {
            int index = devices.get(i);
            long soon = room.device(index).soonMb();
            missing.put(index, alone ? Long.MAX_VALUE : verdict.sharesMb().get(i) - soon);
        }
        List<Resident> candidates = new ArrayList<>(room.residents());
        candidates.removeIf(
                r -> r.pinned() || r.priority() > priority || r.activity().use() == Use.LEAVING);
        candidates.sort(
                Comparator.comparing((Resident r) -> r.activity().use())
                        .thenComparing(r -> !spare.test(r))
                        .thenComparingInt(Resident::priority)
                        .thenComparingLong(r -> r.activity().lastUsed())
                        .thenComparingLong(Resident::generation));
        List<Resident> leave = new ArrayList<>();
        for (Resident candidate : candidates) {
            if (candidate.devices().stream().anyMatch(d -> missing.getOrDefault(d, 0L) > 0)) {
                leave.add(candidate);
                for (int i = 0; i < candidate.devices().size(); i++) {
                    long frees = alone ? 0 : candidate.memoryMb().get(i);
                    missing.computeIfPresent(candidate.devices().get(i), (_, mb) -> mb - frees);
                }
            }
        }
        return leave;
    }
}
