package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.FailureCause;
import cortex.core.node.HarnessHealth;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.placement.NodeRoom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A host with a neuron and its engines: memory that is taken as engines load and comes back late
/// or never, processes of others, readings that are a second old. The truth that the fleet has to
/// guess.
final class SimulatedNode {
    static final List<String> HARNESSES = List.of("llamacpp", "mistralrs");

    final String name;
    final List<DeviceInfo> devices;
    final long ramTotalMb;
    final List<Engine> engines = new ArrayList<>();

    /// False while the network or the neuron is away.
    boolean reachable = true;

    /// When its neuron, which is about to end, expects to be back; null when it stays.
    private @Nullable Long backAt;

    private final Map<String, Integer> cycles = new HashMap<>();
    private final Map<String, Integer> deaths = new HashMap<>();
    private final World world;
    private final List<Lag> lagging = new ArrayList<>();
    private final long[] foreign;
    private NodeHealth reading;
    private long[] foreignInReading;
    private long readAt;
    private int replicas;
    private long startedAt;

    /// How often its neuron was started.
    int starts;

    SimulatedNode(World world, String name, List<DeviceInfo> devices, long ramTotalMb) {
        this.world = world;
        this.name = name;
        this.devices = devices;
        this.ramTotalMb = ramTotalMb;
        this.foreign = new long[devices.size() + 1];
        this.foreignInReading = foreign.clone();
        this.startedAt = world.now();
        this.reading = measure();
    }

    /// One engine process. It takes its memory bit by bit until it is ready.
    static final class Engine {
        final String model;
        final String harness;
        final String replica;
        final List<Integer> devices;
        final long[] sharesMb;
        final @Nullable Integer slots;
        final long startedAt;
        final long readyAt;
        final @Nullable FailureCause fault;
        ModelStatus status = ModelStatus.LOADING;
        int inFlight;

        /// Until when the neuron does not load its model again, and whether it served.
        long restsUntil;

        boolean served;

        Engine(Start start, String replica, long startedAt, long readyAt) {
            this.model = start.request.modelId();
            this.harness = start.request.harness();
            this.slots = start.slots;
            this.replica = replica;
            this.devices = start.request.devices();
            this.sharesMb = shares(start.request, start.trueMb);
            this.fault = start.fault;
            this.startedAt = startedAt;
            this.readyAt = readyAt;
        }

        boolean alive() {
            return status != ModelStatus.FAILED;
        }

        /// What it takes of a device when it is ready; 0 when it is not there.
        long on(int device) {
            int at = devices.isEmpty() ? 0 : devices.indexOf(device);
            boolean there = devices.isEmpty() ? device == NodeRoom.RAM : at >= 0;
            return there ? sharesMb[at] : 0;
        }
    }

    /// How a model is split over the devices it was told: evenly, but for llama-server's own flag.
    static long[] shares(LoadRequest request, long mb) {
        long[] shares = new long[Math.max(1, request.devices().size())];
        List<Double> split = request.options().tensorSplit();
        double all = split.stream().mapToDouble(part -> part).sum();
        for (int i = 0; i < shares.length; i++) {
            shares[i] = split.isEmpty() ? mb / shares.length : (long) (mb * (split.get(i) / all));
        }
        return shares;
    }

    /// How an engine is going to fare: what it really takes, how many requests it does at once, how
    /// long it loads, and why it fails (null when it does not).
    record Start(
            LoadRequest request,
            long trueMb,
            @Nullable Integer slots,
            long loadNanos,
            @Nullable FailureCause fault) {}

    /// Memory of a process that is gone, not given back yet.
    private record Lag(int device, long mb, long until) {}

    /// The neuron measures once a second.
    void keepMeasuring() {
        reading = measure();
        world.after(world.millis(900, 1100), this::keepMeasuring);
    }

    private NodeHealth measure() {
        readAt = world.now();
        foreignInReading = foreign.clone();
        List<DeviceHealth> readings = new ArrayList<>();
        for (DeviceInfo device : devices) {
            Long free = world.fault(200) ? null : freeNow(device.index());
            readings.add(new DeviceHealth(device.index(), null, free, null, null));
        }
        return new NodeHealth(1, readings, freeNow(NodeRoom.RAM), null);
    }

    private long freeNow(int device) {
        long used = foreign[slot(device)] + lag(device);
        for (Engine engine : engines) {
            used += engine.alive() ? taken(engine, device) : 0;
        }
        return Math.max(0, total(device) - used);
    }

    private long taken(Engine engine, int device) {
        long span = engine.readyAt - engine.startedAt;
        double part = span <= 0 ? 1 : (world.now() - engine.startedAt) / (double) span;
        boolean whole = engine.status != ModelStatus.LOADING || part >= 1;
        return whole ? engine.on(device) : (long) (engine.on(device) * part);
    }

    private long lag(int device) {
        lagging.removeIf(l -> l.until <= world.now());
        return lagging.stream().filter(l -> l.device == device).mapToLong(Lag::mb).sum();
    }

    /// What others hold of each device, as the last reading tells.
    long[] foreignInReading() {
        return foreignInReading;
    }

    /// What is or will be taken of a device by engines, by those just gone, and by others as far as
    /// the reading told that was `seen` last: what a sound plan must reckon with. A load of a model
    /// that is there already joins it, and an engine that cannot be `known` yet counts for nothing.
    long promised(int device, String but, long[] seen, Predicate<Engine> known) {
        long sum = seen[slot(device)] + lag(device);
        for (Engine engine : engines) {
            boolean counts = engine.alive() && !engine.model.equals(but) && known.test(engine);
            sum += counts ? engine.on(device) : 0;
        }
        return sum;
    }

    long total(int device) {
        return device == NodeRoom.RAM
                ? ramTotalMb
                : Objects.requireNonNull(devices.get(device).vramTotalMb());
    }

    private int slot(int device) {
        return device == NodeRoom.RAM ? devices.size() : device;
    }

    Discovery discovery() {
        return new Discovery(name, "linux", null, devices, HARNESSES, ramTotalMb);
    }

    NodeHealth health() {
        long age = (world.now() - readAt) / 1_000_000_000L;
        List<HarnessHealth> harnesses =
                HARNESSES.stream()
                        .map(h ->
                                new HarnessHealth(
                                        h, cycles.getOrDefault(h, 0), true, inFlight(h), null))
                        .toList();
        long uptime = (world.now() - startedAt) / 1_000_000_000L;
        Long back = backAt;
        return new NodeHealth(
                uptime,
                reading.devices(),
                reading.ramFreeMb(),
                age,
                harnesses,
                null,
                back == null
                        ? null
                        : new NodeHealth.Restarting(Math.max(0, back - world.now()) / 1e9));
    }

    /// Its neuron says from now on that it ends, and is back at that time.
    void announce(long back) {
        backAt = back;
    }

    /// Whether its neuron is about to end: it starts nothing any more.
    boolean ends() {
        return backAt != null;
    }

    /// Its neuron runs again, and has taken over what it had left.
    void takesOver() {
        backAt = null;
        starts++;
        startedAt = world.now();
    }

    List<ModelInfo> models() {
        return engines.stream().map(this::info).toList();
    }

    ModelInfo info(Engine engine) {
        boolean loaded = engine.status == ModelStatus.LOADED;
        List<Long> each = new ArrayList<>();
        for (int device : engine.devices) {
            each.add(engine.alive() ? taken(engine, device) : 0);
        }
        long mb = each.stream().mapToLong(part -> part).sum();
        return new ModelInfo(
                engine.model,
                engine.replica,
                engine.status,
                engine.inFlight,
                new ModelInfo.Engine(
                        engine.harness,
                        engine.model,
                        engine.slots,
                        null,
                        null,
                        engine.fault == null ? null : "the engine failed",
                        engine.fault),
                new ModelInfo.Memory(
                        engine.devices,
                        engine.devices.isEmpty() ? null : (Long) mb,
                        engine.devices.isEmpty() ? null : each,
                        null),
                new ModelInfo.Load(
                        loaded ? (engine.readyAt - engine.startedAt) / 1e9 : null,
                        null,
                        null,
                        null,
                        engine.restsUntil <= world.now()
                                ? null
                                : new ModelInfo.Rest(
                                        (engine.restsUntil - world.now()) / 1e9, engine.served)));
    }

    private int inFlight(String harness) {
        return engines.stream()
                .filter(e -> e.harness.equals(harness))
                .mapToInt(e -> e.inFlight)
                .sum();
    }

    /// Whether the last reading tells all there is to know: nobody else's memory, none on its way
    /// back, no device unread.
    boolean plain() {
        lagging.removeIf(l -> l.until <= world.now());
        return lagging.isEmpty()
                && Arrays.stream(foreign).allMatch(mb -> mb == 0)
                && Arrays.stream(foreignInReading).allMatch(mb -> mb == 0)
                && reading.devices().stream().allMatch(d -> d.vramFreeMb() != null);
    }

    /// The one whose models share a process; each model of the other has a process of its own, and
    /// outlives a restart.
    private static boolean shared(String harness) {
        return harness.equals(HARNESSES.getLast());
    }

    /// Begins to restart a harness: its engines stop; false when requests are in flight or a model
    /// is being loaded.
    boolean stopping(String harness) {
        if (!shared(harness)) {
            return true;
        }
        boolean loading =
                engines.stream()
                        .anyMatch(
                                e -> e.harness.equals(harness) && e.status == ModelStatus.LOADING);
        if (loading || inFlight(harness) > 0) {
            return false;
        }
        engines.stream()
                .filter(e -> e.harness.equals(harness) && e.alive())
                .forEach(e -> e.status = ModelStatus.UNLOADING);
        return true;
    }

    /// Ends the restart: the engines are gone.
    void restarted(String harness) {
        for (Engine engine : List.copyOf(engines)) {
            if (shared(harness) && engine.harness.equals(harness)) {
                end(engine, false);
            }
        }
        cycles.remove(harness);
    }

    @Nullable Engine engine(String replica) {
        return engines.stream().filter(e -> e.replica.equals(replica)).findFirst().orElse(null);
    }

    /// For how long the neuron does not load a model again after its engine ended; null when it
    /// does.
    @Nullable Rest rest(String model) {
        for (Engine engine : engines) {
            if (engine.model.equals(model) && engine.restsUntil > world.now()) {
                return Rest.of(info(engine));
            }
        }
        return null;
    }

    /// The engine has failed; the neuron rests before it loads the model again, each time longer.
    private void rests(Engine engine, boolean served) {
        int times = deaths.merge(engine.model, 1, Integer::sum);
        long secs = Math.min(60, 1L << Math.min(times - 1, 6));
        engine.served = served;
        engine.restsUntil = world.now() + secs * 1_000_000_000L;
    }

    /// Ensures that a model is loaded or loading; null when the neuron refuses.
    @Nullable Engine load(Start start) {
        for (Engine engine : List.copyOf(engines)) {
            if (engine.model.equals(start.request.modelId())) {
                if (engine.status == ModelStatus.UNLOADING) {
                    return null;
                }
                if (engine.alive()) {
                    return engine;
                }
                engines.remove(engine);
            }
        }
        Engine engine =
                new Engine(
                        start, name + "-" + ++replicas, world.now(), world.now() + start.loadNanos);
        engines.add(engine);
        world.after(start.loadNanos, () -> becomeReady(engine));
        return engine;
    }

    private void becomeReady(Engine engine) {
        if (engine.status == ModelStatus.LOADING) {
            engine.status = engine.fault == null ? ModelStatus.LOADED : ModelStatus.FAILED;
            if (engine.fault != null) {
                rests(engine, false);
            }
        }
    }

    /// Ends an engine; its memory comes back after a while, or never.
    void end(Engine engine, boolean leaks) {
        if (!engines.remove(engine) || !engine.alive()) {
            return;
        }
        cycles.merge(engine.harness, 1, Integer::sum);
        List<Integer> on = engine.devices.isEmpty() ? List.of(NodeRoom.RAM) : engine.devices;
        List<Long> held = on.stream().map(device -> taken(engine, device)).toList();
        engine.status = ModelStatus.FAILED;
        long late = leaks ? Long.MAX_VALUE : world.now() + world.millis(0, 1500);
        for (int i = 0; i < on.size(); i++) {
            lagging.add(new Lag(on.get(i), held.get(i), late));
        }
    }

    /// The engine dies; the neuron keeps it as failed.
    void kill(Engine engine) {
        if (engine.alive()) {
            boolean served = engine.status == ModelStatus.LOADED;
            end(engine, false);
            engines.add(engine);
            rests(engine, served);
        }
    }

    /// Whether it could have a model to itself beyond doubt: one that tells its size, and needs no
    /// more than one device.
    boolean couldHold(ModelProfile model, long headroomMb) {
        Long mb = model.needs().vramMb();
        boolean cpu = model.needs().minDevices() == 0;
        if (mb == null || model.needs().minDevices() > 1 || !model.needs().allows(name)) {
            return false;
        }
        return cpu
                ? mb <= ramTotalMb - headroomMb
                : devices.stream().anyMatch(d -> mb <= total(d.index()) - headroomMb);
    }

    /// The host is started anew: nothing is left of what ran.
    void reboot() {
        backAt = null;
        starts++;
        startedAt = world.now();
        engines.forEach(engine -> engine.status = ModelStatus.FAILED);
        engines.clear();
        deaths.clear();
        lagging.clear();
        Arrays.fill(foreign, 0);
        reading = measure();
    }

    /// Somebody else's process takes memory, or gives it back.
    void foreign(int device, long mb) {
        foreign[slot(device)] = mb;
    }
}
