package cortex.gateway.fleet.view;

import cortex.core.log.Quantity;
import cortex.core.log.SafeText;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.Explanation.DeviceLine;
import cortex.gateway.placement.Explanation.NodeLine;
import cortex.gateway.placement.Explanation.VictimLine;
import cortex.gateway.placement.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Puts the decision about a load into lines for people: what the model needs, then each node with
/// its devices and who would have to leave. What nodes call things cannot forge a line.
final class PlanText {
    private PlanText() {}

    static void append(StringBuilder text, Explanation load) {
        text.append("\n  needs ").append(need(load.need()));
        for (NodeLine node : load.nodes()) {
            boolean chosen = node.node().equals(load.node());
            text.append(chosen ? "\n* " : "\n  ").append(node.node()).append(": ");
            boolean above = node.reason().startsWith(Reason.Failed.SAID);
            text.append(above ? Reason.Failed.SAID + ", as said above" : firstLine(node.reason()));
            node.memory().forEach(device -> device(text, device, node));
            node.victims().forEach(victim -> victim(text, victim));
        }
    }

    /// Appends what is known of loads that failed on a node.
    static void append(StringBuilder text, String model, FailedLoad failed) {
        Double left = failed.when().retryInSecs();
        String often = failed.times() > 1 ? ", " + failed.times() + " times in a row" : "";
        text.append("\n  ")
                .append(failed.happened())
                .append(' ')
                .append(Quantity.roughly(Duration.ofSeconds((long) failed.when().agoSecs())))
                .append(" ago")
                .append(often)
                .append(": ")
                .append(firstLine(failed.cause().lineOr(failed.reason())));
        if (left == null) {
            text.append("\n      not tried again until its neuron is restarted or models.toml is ")
                    .append("changed; cortex load ")
                    .append(SafeText.line(model))
                    .append(' ')
                    .append(failed.node())
                    .append(" tries at once");
        } else if (left > 0) {
            text.append("\n      next try in ").append((long) Math.ceil(left)).append(" s");
        }
        if (failed.log() != null) {
            text.append("\n      the engine's log: ").append(failed.log());
        }
    }

    /// Returns the first line of what an engine said; the rest stands in its log.
    private static String firstLine(String said) {
        String first = SafeText.line(said.lines().findFirst().orElse(""));
        return said.lines().count() > 1 ? first + " …" : first;
    }

    /// Returns what would be done with the model, without the reasons that stand in the lines of
    /// the nodes.
    static String brief(Explanation load) {
        return switch (load.outcome()) {
            case LOAD -> "would be loaded on " + load.node();
            case MAKE_ROOM -> "would be loaded on " + load.node() + " once room is made there";
            case WAIT -> "would wait for " + load.node();
            case NOT_NOW -> "cannot be served now";
            case NEVER -> "can never be served by any node";
        };
    }

    private static String need(Explanation.Need need) {
        Explanation.Size size = need.size();
        boolean untold = need.minDevices() == 0 && size.catalogueMb() == null && !size.measured();
        boolean unknown = size.vramMb() == null || untold;
        String memory = unknown ? "an unknown amount" : size.vramMb() + " MiB";
        String source =
                untold
                        ? ", counted as 0 MiB (set vram_mb),"
                        : unknown ? "" : size.measured() ? " (measured)" : " (vram_mb)";
        String where =
                need.minDevices() == 0
                        ? " of RAM"
                        : " on " + Quantity.orMore(need.minDevices(), "device");
        String floor = need.minDeviceVramMb() == 0 ? "" : " of " + need.minDeviceVramMb() + " MiB";
        String capability = need.minComputeCapability();
        return memory
                + source
                + where
                + floor
                + (capability == null ? "" : " and compute capability " + capability)
                + ", harness "
                + need.harness()
                + ", residency_priority "
                + need.priority();
    }

    private static void device(StringBuilder text, DeviceLine device, NodeLine node) {
        Long share = node.shares().of(device.index());
        Explanation.Memory memory = device.memory();
        text.append("\n      ")
                .append(device.index() < 0 ? "" : device.index() + " ")
                .append(SafeText.line(device.name()))
                .append(": ")
                .append(mb(memory.freeMb()))
                .append(" of ")
                .append(mb(memory.totalMb()))
                .append(" free")
                .append(part(memory.reservedMb(), "reserved for loads"))
                .append(part(memory.claimedMb(), "claimed by older requests"))
                .append(part(memory.comingMb(), "being freed"))
                .append(part(memory.headroomMb(), "headroom"))
                .append(", ")
                .append(mb(memory.availableMb()))
                .append(" usable")
                .append(share == null ? "" : "; would use " + share + " MiB");
    }

    private static void victim(StringBuilder text, VictimLine victim) {
        List<Integer> devices = victim.devices();
        text.append("\n      leaves: ")
                .append(SafeText.line(victim.model()))
                .append(" (")
                .append(victim.memoryMb())
                .append(" MiB on ")
                .append(
                        devices.stream()
                                .map(index -> index < 0 ? "RAM" : "device " + index)
                                .collect(Collectors.joining(", ")))
                .append(", residency_priority ")
                .append(victim.priority())
                .append(", idle for ")
                .append(Math.round(victim.inputs().idleSecs()))
                .append(" s, ")
                .append(number(victim.inputs().usesPerHour()))
                .append(" uses an hour, ")
                .append(number(victim.inputs().reloadSecs()))
                .append(" s to load again; cost ")
                .append(number(victim.cost()))
                .append(')');
    }

    private static String part(long mb, String what) {
        return mb == 0 ? "" : ", " + mb + " MiB " + what;
    }

    private static String mb(@Nullable Long mb) {
        return mb == null ? "unknown" : mb + " MiB";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }
}
