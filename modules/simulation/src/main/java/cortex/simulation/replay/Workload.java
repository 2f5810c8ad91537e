package cortex.simulation.replay;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.EngineOptions;
import cortex.simulation.replay.ReplayFleet.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Synthetic traces, each given by its kind and a seed, and a small fleet and catalogue of the kind
/// they are about: fourteen models of which not half fit at once.
public enum Workload {
    /// A day in which every model is asked for at a steady rate of its own, few of them often.
    STEADY,
    /// Three days of two teams with models of their own and some in common: one works by day, the
    /// other by night.
    DAYNIGHT,
    /// A day of agents, each of which works with two or three models in turn for some minutes.
    BURSTS;

    private static final double HOUR = 3_600;
    private static final double DAY = 24 * HOUR;

    /// The trace of a seed.
    public Trace generate(Catalogue catalogue, long seed) {
        Generation generation = new Generation(catalogue, seed);
        return new Trace(
                switch (this) {
                    case STEADY -> generation.steady();
                    case DAYNIGHT -> generation.dayAndNight();
                    case BURSTS -> generation.bursts();
                });
    }

    /// The small fleet.
    public static ReplayFleet fleet() {
        return new ReplayFleet(
                List.of(
                        new Node("beast", List.of(24_000L, 24_000L), 128_000, 2, 1_500),
                        new Node("mini", List.of(24_000L), 64_000, 2, 2_500),
                        new Node("old", List.of(12_000L), 32_000, 4, 600)));
    }

    /// The small catalogue.
    public static Catalogue catalogue() {
        List<ModelProfile> models = new ArrayList<>();
        long[] sizes = {
            5_200, 9_400, 19_500, 21_000, 14_800, 42_000, 2_600, 1_300, 7_900, 11_200, 17_000,
            23_200, 30_500, 6_100
        };
        for (int i = 0; i < sizes.length; i++) {
            models.add(model("model" + i, sizes[i]));
        }
        return new Catalogue(models);
    }

    /// A model that takes so many MiB of one device.
    public static ModelProfile model(String id, long mb) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                new Needs(mb, 1, null, null, List.of()),
                Residency.DEFAULT);
    }

    private static final class Generation {
        private final SplittableRandom random;
        private final List<String> models = new ArrayList<>();
        private final List<Trace.Arrival> arrivals = new ArrayList<>();

        Generation(Catalogue catalogue, long seed) {
            random = new SplittableRandom(seed);
            catalogue.profiles().forEach(profile -> models.add(profile.id()));
            for (int i = models.size() - 1; i > 0; i--) {
                models.add(models.remove(random.nextInt(i + 1)));
            }
        }

        List<Trace.Arrival> steady() {
            for (int rank = 0; rank < models.size(); rank++) {
                double perSec = 60 / HOUR / Math.pow(rank + 1, 1.1);
                poisson(models.get(rank), 0, DAY, perSec);
            }
            return arrivals;
        }

        List<Trace.Arrival> dayAndNight() {
            int third = models.size() / 3;
            for (int day = 0; day < 3; day++) {
                double morning = day * DAY + 8 * HOUR;
                team(models.subList(0, third), morning, morning + 10 * HOUR);
                double evening = day * DAY + 20 * HOUR;
                team(models.subList(third, 2 * third), evening, evening + 8 * HOUR);
            }
            List<String> common = models.subList(2 * third, models.size());
            for (int rank = 0; rank < common.size(); rank++) {
                poisson(common.get(rank), 0, 3 * DAY, 6 / HOUR / (rank + 1));
            }
            return arrivals;
        }

        private void team(List<String> some, double from, double until) {
            for (int rank = 0; rank < some.size(); rank++) {
                poisson(some.get(rank), from, until, 40 / HOUR / (rank + 1));
            }
        }

        List<Trace.Arrival> bursts() {
            double at = 0;
            while (at < DAY) {
                at += gap(8 / HOUR);
                agent(at);
            }
            return arrivals;
        }

        private void agent(double from) {
            List<String> tools = new ArrayList<>();
            int count = random.nextInt(2, 4);
            for (int i = 0; i < count; i++) {
                int pick = (int) (models.size() * Math.pow(random.nextDouble(), 2));
                tools.add(models.get(pick));
            }
            double at = from;
            int steps = random.nextInt(8, 60);
            for (int i = 0; i < steps; i++) {
                double secs = busy();
                String model = tools.get(random.nextInt(tools.size()));
                arrivals.add(new Trace.Arrival(at, model, secs));
                at += secs + gap(1 / 4.0);
            }
        }

        private void poisson(String model, double from, double until, double perSec) {
            double at = from + gap(perSec);
            while (at < until) {
                arrivals.add(new Trace.Arrival(at, model, busy()));
                at += gap(perSec);
            }
        }

        private double gap(double perSec) {
            return -Math.log(1 - random.nextDouble()) / perSec;
        }

        /// How long an answer takes: mostly some seconds, at times a minute.
        private double busy() {
            double log = 0;
            for (int i = 0; i < 12; i++) {
                log += random.nextDouble();
            }
            return Math.min(120, 6 * Math.exp((log - 6) * 0.8));
        }
    }
}
