package cortex.gateway.placement;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.EngineOptions;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Activity;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Nodes, models and circumstances for tests of placement, in few words.
final class Rooms {
    static final long NOW = Duration.ofHours(10).toNanos();

    private Rooms() {}

    /// A node that is being described.
    static final class Node {
        private final String name;
        private final List<DeviceRoom> devices = new ArrayList<>();
        private final List<Resident> residents = new ArrayList<>();
        private Set<String> harnesses = Set.of("llamacpp", "mistralrs");
        private String vendor = "nvidia";
        private long headroom;
        private boolean draining;

        private Node(String name) {
            this.name = name;
        }

        /// For the cards that follow.
        Node vendor(String name) {
            vendor = name;
            return this;
        }

        Node card(long totalMb, @Nullable Long freeMb) {
            return card("card " + totalMb, totalMb, freeMb, "8.9");
        }

        Node card(
                String kind, @Nullable Long totalMb, @Nullable Long freeMb, @Nullable String cap) {
            devices.add(
                    new DeviceRoom(
                            devices.size(),
                            vendor,
                            kind,
                            totalMb,
                            cap == null ? null : ComputeCapability.parse(cap),
                            false,
                            new Ledger(freeMb, 0, 0, 0, headroom)));
            return this;
        }

        /// An empty part of a GPU in MIG mode.
        Node instance(long mb) {
            devices.add(
                    new DeviceRoom(
                            devices.size(),
                            "nvidia",
                            "card MIG",
                            mb,
                            ComputeCapability.parse("9.0"),
                            true,
                            new Ledger(mb, 0, 0, 0, headroom)));
            return this;
        }

        /// Sets the last device's ledger.
        Node ledger(Ledger ledger) {
            DeviceRoom last = devices.removeLast();
            devices.add(
                    new DeviceRoom(
                            last.index(), last.name(), last.totalMb(), last.capability(), ledger));
            return this;
        }

        /// For the cards that follow.
        Node headroom(long mb) {
            headroom = mb;
            return this;
        }

        Node draining() {
            draining = true;
            return this;
        }

        Node only(String... some) {
            harnesses = Set.of(some);
            return this;
        }

        Node holds(Resident... some) {
            residents.addAll(List.of(some));
            return this;
        }

        NodeRoom room() {
            DeviceRoom ram =
                    new DeviceRoom(
                            NodeRoom.RAM,
                            "RAM",
                            64_000L,
                            null,
                            new Ledger(32_000L, 0, 0, 0, headroom));
            return new NodeRoom(
                    name,
                    new NodeRoom.Condition(true, null, draining, null),
                    harnesses,
                    devices,
                    ram,
                    residents);
        }
    }

    static Node node(String name) {
        return new Node(name);
    }

    /// An idle replica on device 0, loaded hours ago.
    static Resident idle(String model, long mb, Duration idleFor) {
        return resident(model, mb, Use.IDLE, idleFor, 0);
    }

    static Resident resident(String model, long mb, Use use, Duration idleFor, int priority) {
        return new Resident(
                model.hashCode(),
                model,
                List.of(0),
                List.of(mb),
                new Activity(use, NOW - idleFor.toNanos(), NOW - Duration.ofHours(9).toNanos()),
                false,
                priority);
    }

    static Resident pinned(String model, long mb) {
        Resident r = idle(model, mb, Duration.ofHours(5));
        return new Resident(
                r.generation(), model, r.devices(), r.memoryMb(), r.activity(), true, 0);
    }

    static Resident loadedFor(Resident r, Duration age) {
        return new Resident(
                r.generation(),
                r.model(),
                r.devices(),
                r.memoryMb(),
                new Activity(r.activity().use(), r.activity().lastUsed(), NOW - age.toNanos()),
                r.pinned(),
                r.priority());
    }

    static Resident on(Resident r, int... devices) {
        List<Integer> indexes = new ArrayList<>();
        for (int device : devices) {
            indexes.add(device);
        }
        return new Resident(
                r.generation(),
                r.model(),
                indexes,
                Collections.nCopies(devices.length, r.memoryMb().getFirst()),
                r.activity(),
                r.pinned(),
                r.priority());
    }

    static ModelProfile model(@Nullable Long vramMb, int devices) {
        return model("llamacpp", new Needs(vramMb, devices, null, null, List.of()), 0);
    }

    static ModelProfile model(String harness, Needs needs, int priority) {
        return new ModelProfile(
                "wanted",
                List.of(),
                new ModelProfile.Engine(harness, null, EngineOptions.NONE),
                needs,
                new Residency(priority, null, 0, 1));
    }

    static Circumstances plain() {
        return new Circumstances(NOW, 0, Rooms::anywhere, _ -> Worth.UNKNOWN, Learned.NOTHING);
    }

    /// No node is out of bounds.
    static @Nullable Reason anywhere(String node) {
        return null;
    }
}
