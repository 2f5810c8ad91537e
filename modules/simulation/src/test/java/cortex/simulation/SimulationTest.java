package cortex.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SimulationTest {
    /// More by `-Dcortex.simulation.seeds=1000`, from `-Dcortex.simulation.from=1`.
    private static final int SEEDS = Integer.getInteger("cortex.simulation.seeds", 40);

    private static final int FROM = Integer.getInteger("cortex.simulation.from", 1);
    private static final int EVENTS = 2_000;
    private static final int LINES = 400;

    @Test
    void noSeedBreaksAnInvariant() {
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, EVENTS, 0);
            if (result.violation() != null) {
                Simulation.Result again = Simulation.run(seed, EVENTS, LINES);
                assertThat(again.violation()).as("seed %d is replayable", seed).isNotNull();
                throw new AssertionError(
                        "seed "
                                + seed
                                + ": "
                                + again.violation()
                                + "\n"
                                + String.join("\n", again.log()));
            }
        }
    }

    @Test
    void aSeedAlwaysGivesTheSameRun() {
        Simulation.Result one = Simulation.run(7, EVENTS, LINES);
        assertThat(one.log()).isNotEmpty();
        assertThat(Simulation.run(7, EVENTS, LINES)).isEqualTo(one);
        assertThat(Simulation.run(8, EVENTS, LINES).log()).isNotEqualTo(one.log());
    }

    @Test
    void muchIsServed() {
        long granted = 0;
        for (long seed = 1; seed <= 10; seed++) {
            granted += Simulation.run(seed, EVENTS, 0).granted();
        }
        assertThat(granted).isGreaterThan(500);
    }
}
