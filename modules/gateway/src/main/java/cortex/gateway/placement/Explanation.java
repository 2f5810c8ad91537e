package cortex.gateway.placement;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
/// `node` is where the model goes (null when nowhere), `shares` what it gets there, `nodes` what
/// was thought of each node, the best first. Memory is in MiB. In JSON the parts without a name of
/// their own stand among those around them.
public record Explanation(
        String model,
        Outcome outcome,
        String text,
        @Nullable String node,
        @JsonUnwrapped Shares shares,
        Need need,
        List<NodeLine> nodes) {
    private static final double NANOS = 1e9;
    private static final double HOUR = 3_600;

    public Explanation {
        nodes = List.copyOf(nodes);
    }

    /// Is what the model gets of a node: `devices`, and of each of them the memory in `sharesMb`.
    public record Shares(List<Integer> devices, List<Long> sharesMb) {
        static final Shares NONE = new Shares(List.of(), List.of());

        public Shares {
            devices = List.copyOf(devices);
            sharesMb = List.copyOf(sharesMb);
        }

        /// Returns what it gets of a device, null when that is not known or nothing.
        public @Nullable Long of(int device) {
            int at = devices.indexOf(device);
            return at < 0 || at >= sharesMb.size() ? null : sharesMb.get(at);
        }
    }

    /// Is what the model asks for.
    public record Need(
            String harness,
            int minDevices,
            @JsonUnwrapped Size size,
            long minDeviceVramMb,
            @Nullable String minComputeCapability,
            int priority) {}

    /// Is the memory that the model takes. `vramMb` is over all devices, null when unknown;
    /// `measured` when it was measured and not only said by the catalogue, whose figure is
    /// `catalogueMb`.
    public record Size(@Nullable Long vramMb, boolean measured, @Nullable Long catalogueMb) {}

    /// Is one node: how it stands and why, where the model would go, and who would have to leave,
    /// who together cost `cost`.
    public record NodeLine(
            String node,
            Standing standing,
            String reason,
            @JsonUnwrapped Shares shares,
            @Nullable Double cost,
            List<VictimLine> victims,
            List<DeviceLine> memory) {}

    /// Is one device.
    public record DeviceLine(
            int index,
            String name,
            @Nullable String computeCapability,
            @JsonUnwrapped Memory memory) {}

    /// Is a device's memory: `availableMb` is what a load may take of it now, null when unknown.
    public record Memory(
            @Nullable Long totalMb,
            @Nullable Long freeMb,
            long reservedMb,
            long claimedMb,
            long comingMb,
            long headroomMb,
            @Nullable Long availableMb) {}

    /// Is one replica that would leave, and what that costs by the configured strategy.
    public record VictimLine(
            String model,
            List<Integer> devices,
            long memoryMb,
            int priority,
            @JsonUnwrapped CostInputs inputs,
            double cost) {}

    /// Is why it is cheap or dear to let a replica go.
    public record CostInputs(double idleSecs, double reloadSecs, double usesPerHour) {}

    /// Returns a decision made under these circumstances.
    public static Explanation of(Decision decision, Circumstances circumstances) {
        Verdict chosen = decision.chosen();
        Demand demand = decision.demand();
        return new Explanation(
                decision.model(),
                decision.outcome(),
                headline(decision),
                chosen == null ? null : chosen.room().node(),
                chosen == null ? Shares.NONE : shares(chosen),
                need(demand),
                decision.verdicts().stream().map(v -> line(v, demand, circumstances)).toList());
    }

    private static Shares shares(Verdict verdict) {
        return new Shares(verdict.devices(), verdict.sharesMb());
    }

    private static String headline(Decision decision) {
        Verdict chosen = decision.chosen();
        String node = chosen == null ? "" : " " + chosen;
        return switch (decision.outcome()) {
            case LOAD -> "would be loaded on" + node;
            case MAKE_ROOM -> "would be loaded once room is made on" + node;
            case WAIT -> "would wait for" + node;
            case NOT_NOW -> "cannot be served now: " + decision.text();
            case NEVER -> "can never be served by any node: " + decision.text();
        };
    }

    private static Need need(Demand demand) {
        int count = demand.minDevices();
        var capability = demand.eachDevice().minCapability();
        return new Need(
                demand.harness(),
                count,
                new Size(
                        demand.totalMb(count),
                        demand.memory().measured(count),
                        demand.memory().vramMb()),
                demand.eachDevice().minMb(),
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
                shares(verdict),
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
                new CostInputs(
                        (now - resident.activity().lastUsed()) / NANOS,
                        worth.reloadSecs(resident.totalMb()),
                        worth.usesPerSecond() * HOUR),
                victim.cost().amount());
    }

    private static DeviceLine line(DeviceRoom device) {
        Ledger memory = device.memory();
        var capability = device.capability();
        return new DeviceLine(
                device.index(),
                device.name(),
                capability == null ? null : capability.toString(),
                new Memory(
                        device.totalMb(),
                        memory.measuredMb(),
                        memory.reservedMb(),
                        memory.claimedMb(),
                        memory.comingMb(),
                        memory.headroomMb(),
                        memory.measuredMb() == null ? null : Math.max(0, memory.nowMb())));
    }
}
