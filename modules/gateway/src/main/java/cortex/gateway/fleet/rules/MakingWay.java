package cortex.gateway.fleet.rules;

import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.NodeRoom.Use;
import cortex.gateway.placement.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Who has to drain so that a model fits where it can only fit after a drain.
public final class MakingWay {
    private MakingWay() {}

    /// The replicas that stand in the way on the verdict's devices: never a pinned one or one of a
    /// class above `priority`; idle ones first, then the lowest class, then the least recently
    /// used, and no more than are needed.
    public static List<Resident> who(Verdict verdict, int priority) {
        NodeRoom room = verdict.room();
        List<Integer> devices =
                verdict.devices().isEmpty() ? List.of(NodeRoom.RAM) : verdict.devices();
        Map<Integer, Long> missing = new HashMap<>();
        for (int index : devices) {
            missing.put(index, verdict.perDeviceMb() - device(room, index).soonMb());
        }
        List<Resident> candidates = new ArrayList<>(room.residents());
        candidates.removeIf(r -> r.pinned());
        candidates.removeIf(r -> r.use() == Use.LEAVING);
        candidates.sort(
                Comparator.comparing(Resident::use)
                        .thenComparingLong(Resident::lastUsed)
                        .thenComparingLong(Resident::generation));
        List<Resident> leave = new ArrayList<>();
        for (Resident candidate : candidates) {
            boolean helps =
                    candidate.devices().stream().anyMatch(d -> missing.getOrDefault(d, 0L) > 0);
            if (helps) {
                leave.add(candidate);
                candidate
                        .devices()
                        .forEach(d ->
                                missing.computeIfPresent(d, (_, mb) -> mb - candidate.memoryMb()));
            }
        }
        return leave;
    }

    private static DeviceRoom device(NodeRoom room, int index) {
        return index == NodeRoom.RAM
                ? room.ram()
                : room.devices().stream().filter(d -> d.index() == index).findFirst().orElseThrow();
    }
}
