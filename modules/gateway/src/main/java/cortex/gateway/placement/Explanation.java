package cortex.gateway.placement;

import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.Verdict.Standing;
import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Worth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is a decision in a form of its own, for people and programs: plain values, nothing that changes.
/// `node` and `devices` are where the model goes (null and none when nowhere), `sharesMb` what it
/// gets of each device, `nodes` what was thought of each node, the best first. Memory is in MiB.
public record Explanation(
        String model,
        Outcome outcome,
        String text,
        @Nullable String node,
        List<Integer> devices,
        List<Long> sharesMb,
        Need need,
        List<NodeLine> nodes) {
    private static final double NANOS = 1e9;
    private static final double HOUR = 3_600;

    public Explanation {
        devices = List.copyOf(devices);
        sharesMb = List.copyOf(sharesMb);
        nodes = List.copyOf(nodes);
    }

    /// Is what the model asks for. `vramMb` is over all devices, null when unknown; `measured` when
    /// it was measured and not only said by the catalogue, whose figure is `catalogueMb`.
    public record Need(
            String harness,
            int minDevices,
            @Nullable Long vramMb,
            boolean measured,
            @Nullable Long catalogueMb,
            long minDeviceVramMb,
            @Nullable String minComputeCapability,
            int priority) {}

    /// Is one node: how it stands and why, where the model would go, and who would have to leave,
    /// who together cost `cost`.
    public record NodeLine(
            String node,
            Standing standing,
            String reason,
            List<Integer> devices,
            List<Long> sharesMb,
            @Nullable Double cost,
            List<VictimLine> victims,
            List<DeviceLine> memory) {}

    /// Is one device's memory: `availableMb` is what a load may take of it now, null when unknown.
    public record DeviceLine(
            int index,
            String name,
            @Nullable String computeCapability,
            @Nullable Long totalMb,
            @Nullable Long freeMb,
            long reservedMb,
            long claimedMb,
            long comingMb,
            long headroomMb,
            @Nullable Long availableMb) {}

    /// Is one replica that would leave, why it is cheap or dear, and what it costs by the
    /// configured strategy.
    public record VictimLine(
            String model,
            List<Integer> devices,
            long memoryMb,
            int priority,
            double idleSecs,
            double reloadSecs,
            double usesPerHour,
            double cost) {}

    /// Returns a decision made under these circumstances.
    public static Explanation of(Decision decision, Circumstances circumstances) {
        Verdict chosen = decision.chosen();
        Demand demand = decision.demand();
        return new Explanation(
                decision.model(),
                decision.outcome(),
                headline(decision),
                chosen == null ? null : chosen.room().node(),
                chosen == null ? List.of() : chosen.devices(),
                chosen == null ? List.of() : chosen.sharesMb(),
                need(demand),
                decision.verdicts().stream().map(v -> line(v, demand, circumstances)).toList());
    }

    private static String headline(Decision decision) {
        Verdict chosen = decision.chosen();
        String node = chosen == null ? "" : " " + chosen;
        return switch (decision.outcome()) {
            case LOAD -> "would be loaded on" + node;
            case MAKE_ROOM -> "would be loaded when room is made on" + node;
            case WAIT -> "would wait for" + node;
            case NOT_NOW -> "cannot be served now: " + decision.text();
            case NEVER -> "can never be served by these nodes: " + decision.text();
        };
    }

    private static Need need(Demand demand) {
        int count = demand.minDevices();
        var capability = demand.minCapability();
        return new Need(
                demand.harness(),
                count,
                demand.totalMb(count),
                demand.measured(count),
                demand.vramMb(),
                demand.minDeviceMb(),
                capability == null ? null : capability.toString(),
                demand.priority());
    }

    private static NodeLine line(Verdict verdict, Demand demand, Circumstances circumstances) {
        NodeRoom room = verdict.room();
        List<DeviceRoom> devices = demand.onCpu() ? List.of(room.ram()) : room.devices();
        var cost = verdict.cost();
        return new NodeLine(
                room.node(),
                verdict.standing(),
                verdict.reason().text(),
                verdict.devices(),
                verdict.sharesMb(),
                cost == null ? null : cost.amount(),
                verdict.victims().stream().map(v -> line(v, circumstances)).toList(),
                devices.stream().map(Explanation::line).toList());
    }

    private static VictimLine line(Victim victim, Circumstances circumstances) {
        Resident resident = victim.resident();
        Worth worth = circumstances.worth().apply(resident.model());
        long now = circumstances.now();
        return new VictimLine(
                resident.model(),
                resident.devices(),
                resident.totalMb(),
                resident.priority(),
                (now - resident.lastUsed()) / NANOS,
                worth.reloadSecs(resident.totalMb()),
                worth.usesPerSecond() * HOUR,
                victim.cost().amount());
    }

    private static DeviceLine line(DeviceRoom device) {
        Ledger memory = device.memory();
        var capability = device.capability();
        return new DeviceLine(
                device.index(),
                device.name(),
                capability == null ? null : capability.toString(),
                device.totalMb(),
                memory.measuredMb(),
                memory.reservedMb(),
                memory.claimedMb(),
                memory.comingMb(),
                memory.headroomMb(),
                memory.measuredMb() == null ? null : Math.max(0, memory.nowMb()));
    }
}
