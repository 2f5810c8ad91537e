package cortex.gateway.placement;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.failure.FailedPlace;
import cortex.core.files.ModelFiles;
import cortex.core.log.Quantity;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.Verdict.Standing;
import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.Resident;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Says why a node was chosen or not. Made for every node of every decision, put into words only
/// when somebody reads it.
public sealed interface Reason {
    /// Returns it in words, without the node's name.
    String text();

    /// Returns what clients read of it: what kind of reason it is, and nothing of the node.
    default String outward() {
        return "there is no room for it";
    }

    /// Is something that is known in words already.
    record Said(String text) implements Reason {}

    /// A replica of the model is there already; `text` says how it is.
    record Held(String text) implements Reason {}

    /// Something is the matter with the node: in words of ours, then in brackets what it or its
    /// connection said.
    record Ill(String text) implements Reason {
        @Override
        public String outward() {
            return "not every node is available";
        }
    }

    /// A load failed there, so many times in a row, and is not tried again before `left` is over;
    /// null when only a change of the node or of the profile helps.
    record Failed(FailedPlace place, int times, @Nullable Duration left) implements Reason {
        /// How its words begin.
        public static final String SAID = "loading failed there";

        @Override
        public String text() {
            return switch (place.how()) {
                case DIED_SERVING -> "its engine ended there" + ago() + ": " + place.why() + rest();
                case REFUSED -> "takes no load now: " + place.why();
                case LOAD_FAILED, UNTRIED -> {
                    String often = times > 1 ? ", " + times + " times in a row" : "";
                    yield SAID + ago() + often + ": " + place.why();
                }
            };
        }

        private String rest() {
            return left == null || left.isZero()
                    ? ""
                    : " (started again in " + (left.toSeconds() + 1) + " s)";
        }

        private String ago() {
            Duration ago = place.ago();
            return ago == null ? "" : " " + Quantity.roughly(ago) + " ago";
        }

        /// Returns whether only a change helps.
        boolean lasts() {
            return left == null;
        }

        @Override
        public String outward() {
            return switch (place.how()) {
                case DIED_SERVING -> "its engine ended a moment ago";
                case REFUSED -> "a node takes no load now";
                case LOAD_FAILED, UNTRIED -> "loading it failed";
            };
        }
    }

    /// The node does not have the model's files, as it says itself.
    record NoFile(ModelFiles files) implements Reason {
        @Override
        public String text() {
            return files.text();
        }

        @Override
        public String outward() {
            return "its files are missing";
        }
    }

    /// The node does not answer, but did so a moment ago; `text` says how.
    record Away(String text) implements Reason {
        @Override
        public String outward() {
            return "not every node is available";
        }
    }

    /// The node does not run the engine.
    record NoHarness(String harness, Set<String> has) implements Reason {
        @Override
        public String outward() {
            return "no node has its engine";
        }

        @Override
        public String text() {
            String list = has.stream().sorted().collect(Collectors.joining(", "));
            return "has no harness '"
                    + harness
                    + "'"
                    + (has.isEmpty() ? "" : " (has: " + list + ")");
        }
    }

    /// The model would be downloaded there, and its disk has no room for it.
    record NoRoom(long needsMb, long freeMb) implements Reason {
        @Override
        public String text() {
            return "does not have its files, and its disk has no room to download "
                    + needsMb
                    + " MiB (vram_mb): "
                    + freeMb
                    + " MiB free";
        }
    }

    /// It stands so, and the model would be downloaded there first.
    record Downloads(Reason reason, ModelFiles files) implements Reason {
        @Override
        public String text() {
            return reason.text() + "; downloads " + files.file() + " first";
        }

        @Override
        public String outward() {
            return reason.outward();
        }
    }

    /// The model's catalogue entry names other nodes.
    record LeftOut(List<String> nodes) implements Reason {
        @Override
        public String text() {
            return "is not among the model's nodes (" + String.join(", ", nodes) + ")";
        }

        @Override
        public String outward() {
            return "it is kept to certain nodes";
        }
    }

    /// The node has too few devices.
    record TooFewDevices(int needs, int has) implements Reason {
        @Override
        public String outward() {
            return "no node is large enough";
        }

        @Override
        public String text() {
            String have = has == 0 ? "no device" : Quantity.of(has, "device");
            return "has "
                    + have
                    + "; the model needs "
                    + needs
                    + (has == 0 ? " (set min_devices = 0 to run it on the CPU)" : " (min_devices)");
        }
    }

    /// Too few devices are known to be new enough.
    record NotCapable(ComputeCapability needs, int count, List<DeviceRoom> devices)
            implements Reason {
        @Override
        public String outward() {
            return "no node has a device that is new enough";
        }

        @Override
        public String text() {
            String has =
                    devices.stream()
                            .map(d ->
                                    label(d)
                                            + " "
                                            + (d.capability() == null ? "unknown" : d.capability()))
                            .collect(Collectors.joining(", "));
            return "needs "
                    + Quantity.of(count, "device")
                    + " of compute capability "
                    + needs
                    + ": "
                    + has;
        }
    }

    /// The devices are too small even when empty.
    record TooSmall(Demand demand, List<DeviceRoom> devices) implements Reason {
        @Override
        public String outward() {
            return "no node is large enough";
        }

        @Override
        public String text() {
            String sizes =
                    devices.stream()
                            .map(d ->
                                    label(d)
                                            + " "
                                            + orUnknown(d.totalMb())
                                            + parts(part(d.memory().headroomMb(), "headroom"))
                                            + (d.instance() ? " (MIG, used alone)" : ""))
                            .collect(Collectors.joining(", "));
            return "is too small for " + need(demand) + ": it has " + sizes;
        }
    }

    /// The memory is taken by what may not be unloaded, or by processes that are not the fleet's.
    record Full(Demand demand, List<DeviceRoom> devices, Blockers blockers) implements Reason {
        @Override
        public String text() {
            return "has no room for " + need(demand) + ": " + free(devices) + blockers.text();
        }
    }

    /// There is room, now or later; `others` says who leaves, or who is in the way.
    record Fits(Standing standing, List<Integer> indexes, List<DeviceRoom> devices, Others others)
            implements Reason {
        @Override
        public String text() {
            String where =
                    indexes.isEmpty()
                            ? " on the CPU"
                            : indexes.size() == 1
                                    ? " on device " + indexes.getFirst()
                                    : " on devices " + indexes;
            String how =
                    switch (standing) {
                        case FITS -> "has room" + where;
                        case SOON -> "is about to have room" + where;
                        case AFTER_EVICTION -> "has room" + where + " without " + others.text();
                        case AFTER_DRAIN -> "has room" + where + " later";
                        case AWAY, NOT_NOW, UNKNOWN, NEVER -> throw new IllegalStateException();
                    };
            String why = standing == Standing.AFTER_DRAIN ? others.text() : "";
            return how + ": " + free(devices) + why;
        }
    }

    /// Other models on the node that have to do with it.
    sealed interface Others {
        /// Returns it in words.
        String text();
    }

    /// The models that would leave.
    record Leaving(List<Victim> victims) implements Others {
        @Override
        public String text() {
            return victims.stream()
                    .map(v -> v.resident().model() + " (" + v.cost() + ")")
                    .collect(Collectors.joining(", "));
        }
    }

    /// The models that would have to leave and do not.
    record Blockers(List<Resident> residents, Circumstances circumstances, int priority)
            implements Others {
        @Override
        public String text() {
            List<String> words = new ArrayList<>();
            for (Resident resident : residents) {
                String obstacle = circumstances.obstacle(resident, priority);
                if (obstacle != null) {
                    words.add("; " + resident.model() + " " + obstacle);
                }
            }
            return String.join("", words);
        }
    }

    private static String need(Demand demand) {
        int count = Math.max(demand.onCpu() ? 0 : 1, demand.minDevices());
        Long mb = demand.totalMb(count);
        String learned = demand.memory().measured(count) ? " (measured)" : "";
        String memory = mb == null ? "a model of unknown size" : mb + " MiB" + learned;
        if (demand.onCpu()) {
            return memory + " of RAM";
        }
        String floor =
                demand.eachDevice().minMb() > 0
                        ? " of at least " + demand.eachDevice().minMb() + " MiB"
                        : "";
        return memory + " on " + Quantity.orMore(demand.minDevices(), "device") + floor;
    }

    private static String free(List<DeviceRoom> devices) {
        return devices.stream().map(Reason::free).collect(Collectors.joining(", "));
    }

    private static String free(DeviceRoom device) {
        Ledger memory = device.memory();
        return label(device)
                + " "
                + orUnknown(memory.measuredMb())
                + " free"
                + parts(
                        part(memory.reservedMb(), "reserved"),
                        part(memory.comingMb(), "being freed"),
                        part(memory.claimedMb(), "claimed by older requests"),
                        part(memory.headroomMb(), "headroom"));
    }

    private static String label(DeviceRoom device) {
        return device.index() == NodeRoom.RAM ? "RAM" : "device " + device.index();
    }

    private static String part(long mb, String what) {
        return mb == 0 ? "" : mb + " MiB " + what;
    }

    private static String parts(String... parts) {
        String all =
                Stream.of(parts).filter(part -> !part.isEmpty()).collect(Collectors.joining(", "));
        return all.isEmpty() ? "" : " (" + all + ")";
    }

    private static String orUnknown(@Nullable Long mb) {
        return mb == null ? "unknown" : mb + " MiB";
    }
}
