package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.DeviceRoom;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Why a node was chosen or not. Made for every node of every decision, put into words only when
/// somebody reads it.
public sealed interface Reason {
    /// In words, without the node's name.
    String text();

    /// Something that is known in words already.
    record Said(String text) implements Reason {}

    /// A load failed there and is not tried again before `retryAt` (monotonic nanoseconds).
    record BackOff(String cause, long retryAt) implements Reason {
        @Override
        public String text() {
            return "loading failed there a moment ago: " + cause;
        }
    }

    /// The node does not run the engine.
    record NoHarness(String harness, Set<String> has) implements Reason {
        @Override
        public String text() {
            String list = has.stream().sorted().collect(Collectors.joining(", "));
            return "has no harness '" + harness + "' (" + (has.isEmpty() ? "none" : list) + ")";
        }
    }

    /// The node has too few devices.
    record TooFewDevices(int needs, int has) implements Reason {
        @Override
        public String text() {
            return "has " + has + " devices, " + needs + " are needed";
        }
    }

    /// The devices are too small even when empty.
    record TooSmall(Demand demand, List<DeviceRoom> devices) implements Reason {
        @Override
        public String text() {
            String sizes =
                    devices.stream()
                            .map(d -> label(d) + " " + orUnknown(d.totalMb()))
                            .collect(Collectors.joining(", "));
            return "is too small for " + need(demand) + ": in all, " + sizes;
        }
    }

    /// The memory is taken by what may not be unloaded, or by processes that are not the fleet's.
    record Full(Demand demand, List<DeviceRoom> devices) implements Reason {
        @Override
        public String text() {
            return "has no room for " + need(demand) + ": " + free(devices);
        }
    }

    /// There is room, now or later, as `how` says.
    record Fits(String how, List<Integer> indexes, List<DeviceRoom> devices) implements Reason {
        @Override
        public String text() {
            return how
                    + (indexes.isEmpty() ? " on the CPU" : " on devices " + indexes)
                    + ": "
                    + free(devices);
        }
    }

    private static String need(Demand demand) {
        Long vram = demand.vramMb();
        String memory = vram == null ? "a model of unknown size" : vram + " MiB";
        if (demand.onCpu()) {
            return memory + " of RAM";
        }
        String floor =
                demand.minDeviceMb() > 0 ? " of at least " + demand.minDeviceMb() + " MiB" : "";
        return memory + " on " + demand.minDevices() + " or more devices" + floor;
    }

    private static String free(List<DeviceRoom> devices) {
        return devices.stream()
                .map(d ->
                        label(d)
                                + " "
                                + orUnknown(d.measuredMb())
                                + " free"
                                + part(d.reservedMb(), "reserved")
                                + part(d.comingMb(), "coming")
                                + part(d.claimedMb(), "claimed by older requests"))
                .collect(Collectors.joining(", "));
    }

    private static String label(DeviceRoom device) {
        return device.index() == NodeRoom.RAM ? "RAM" : "device " + device.index();
    }

    private static String part(long mb, String what) {
        return mb == 0 ? "" : " (" + mb + " MiB " + what + ")";
    }

    private static String orUnknown(@Nullable Long mb) {
        return mb == null ? "unknown" : mb + " MiB";
    }
}
