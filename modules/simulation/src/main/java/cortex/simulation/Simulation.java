package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One simulated run of a fleet, given by its seed: some minutes of requests, operators' wishes and
/// faults, then calm until everything must have settled.
public final class Simulation {
    private static final Duration CALM = Duration.ofMinutes(10);

    private final World world;
    private final Setting setting;
    private final Faults faults;
    private final List<SimulatedGateway> gateways = new ArrayList<>();
    private final int pace;

    /// What came of a run. `violation` is null when every invariant held; `granted` of the requests
    /// were served; `log` are the last lines of what happened, as many as were asked for.
    public record Result(
            long seed,
            long events,
            @Nullable String violation,
            long granted,
            String text,
            List<String> log) {
        public Result {
            log = List.copyOf(log);
        }
    }

    private Simulation(long seed, int linesKept) {
        world = new World(seed, linesKept);
        setting = new Setting(world);
        boolean two = world.chance(15);
        gateways.add(new SimulatedGateway(world, setting, "cortex", !two));
        if (two) {
            gateways.add(new SimulatedGateway(world, setting, "cortex2", false));
        }
        faults = new Faults(world, setting, gateways);
        pace = world.random.nextInt(100, 3_000);
    }

    /// Runs `seed` for at least `events` events of the machine, and then until calm. The last
    /// `linesKept` of what happens are kept in words; 0 is fastest.
    public static Result run(long seed, int events, int linesKept) {
        Simulation simulation = new Simulation(seed, linesKept);
        String violation = null;
        try {
            simulation.go(events);
        } catch (Violation e) {
            violation = e.getMessage();
        }
        return new Result(
                seed,
                simulation.events(),
                violation,
                simulation.gateways.stream().mapToLong(g -> g.requests.granted()).sum(),
                String.join("; ", simulation.texts()),
                simulation.world.lines());
    }

    private List<String> texts() {
        return gateways.stream().map(g -> g.name + ": " + g.requests.text()).toList();
    }

    private long events() {
        return gateways.stream().mapToLong(SimulatedGateway::events).sum();
    }

    private void go(int events) {
        setting.nodes.forEach(SimulatedNode::keepMeasuring);
        gateways.forEach(SimulatedGateway::start);
        gateways.forEach(this::keepAsking);
        if (!setting.duel) {
            gateways.forEach(this::keepOperating);
        }
        faults.keepBreaking();
        if (setting.files.scattered()) {
            keepMovingFiles();
        }
        if (world.hands.nextBoolean()) {
            faults.keepRestarting();
        }
        while (events() < events) {
            world.step();
        }
        world.calm();
        faults.repairAll(CALM);
        gateways.forEach(gateway -> gateway.operators.relent());
        long end = world.now() + CALM.toNanos();
        while (world.now() < end) {
            world.step();
        }
        gateways.forEach(SimulatedGateway::checkEnd);
    }

    private void keepAsking(SimulatedGateway gateway) {
        if (world.faults()) {
            int popular = Math.min(world.random.nextInt(1, 9), setting.models.size());
            ModelProfile model = setting.models.get(world.random.nextInt(popular));
            gateway.ask(model, world.chance(10) ? world.random.nextInt(1, 12) : 1);
            world.after(world.about(pace), () -> keepAsking(gateway));
        }
    }

    private void keepMovingFiles() {
        world.after(
                setting.files.untilChange(),
                () -> {
                    if (world.faults()) {
                        String change = setting.files.change();
                        world.log(() -> change);
                        keepMovingFiles();
                    }
                });
    }

    private void keepOperating(SimulatedGateway gateway) {
        if (world.faults()) {
            gateway.operators.want();
            world.after(world.about(15_000), () -> keepOperating(gateway));
        }
    }
}
