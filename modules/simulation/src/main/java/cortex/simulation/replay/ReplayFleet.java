package cortex.simulation.replay;

import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.util.ArrayList;
import java.util.List;

/// The nodes a trace is replayed on.
public record ReplayFleet(List<Node> nodes) {
    private static final ValueType<Long> MB = ValueTypes.longFrom(1);

    public ReplayFleet {
        nodes = List.copyOf(nodes);
    }

    /// One node: the memory of its devices and of the host in MiB, and how fast it loads a model:
    /// `startSecs`, and `loadMbPerSec` for what it takes.
    public record Node(
            String name, List<Long> devicesMb, long ramMb, double startSecs, long loadMbPerSec) {
        public Node {
            devicesMb = List.copyOf(devicesMb);
        }

        /// How long loading so much takes.
        double loadSecs(long mb) {
            return startSecs + mb / (double) loadMbPerSec;
        }
    }

    /// Reads `[[nodes]]`; what is wrong becomes a problem of the reading.
    public static ReplayFleet read(Section root) {
        List<Node> nodes = new ArrayList<>();
        for (Section node : root.tables("nodes", "One GPU host.")) {
            nodes.add(
                    new Node(
                            node.read("name", ValueTypes.TEXT, "Its name.").required(),
                            node.read(
                                            "devices_mb",
                                            ValueTypes.listOf(MB, "an array of MiB"),
                                            "The memory of each device in MiB.")
                                    .or(List.of()),
                            node.read("ram_mb", MB, "The host's memory in MiB.").or(64_000L),
                            node.read("start_ms", MB, "What starting an engine takes.").or(2_000L)
                                    / 1e3,
                            node.read("load_mb_per_sec", MB, "How fast a model is read.")
                                    .or(1_500L)));
        }
        if (nodes.isEmpty() && root.whole()) {
            root.problem("holds no [[nodes]]; at least one is needed to replay anything.");
        }
        return new ReplayFleet(nodes);
    }
}
