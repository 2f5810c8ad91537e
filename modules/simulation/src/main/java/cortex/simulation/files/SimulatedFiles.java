package cortex.simulation.files;

import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The files of a fleet's models, some of which are on some nodes only, and come and go. In two
/// fleets of three every node has all of them and none tells; elsewhere most neurons tell, and a
/// few are too old for it.
public final class SimulatedFiles {
    private static final long OWN_CHANCE = 0x66696c6573L;
    private static final double MEAN_NANOS = 15e9;

    private final SplittableRandom random;
    private final List<String> nodes;
    private final List<String> models;
    private final boolean scattered;
    private final Set<String> silent = new HashSet<>();
    private final Set<Place> missing = new HashSet<>();

    /// The models whose files can be downloaded where they are missing.
    private final Set<String> downloadable = new HashSet<>();

    private record Place(String model, String node) {}

    /// The files of a fleet, drawn by `seed`.
    public SimulatedFiles(long seed, List<String> nodes, List<String> models) {
        this.random = new SplittableRandom(seed ^ OWN_CHANCE);
        this.nodes = List.copyOf(nodes);
        this.models = List.copyOf(models);
        this.scattered = random.nextInt(3) == 0;
        if (scattered) {
            for (String node : nodes) {
                if (chance(15)) {
                    silent.add(node);
                }
                models.stream()
                        .filter(_ -> chance(35))
                        .forEach(model -> missing.add(new Place(model, node)));
            }
            models.stream().filter(_ -> chance(25)).forEach(downloadable::add);
        }
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /// Whether files are on some nodes only.
    public boolean scattered() {
        return scattered;
    }

    /// Whether a node has a model's files, or can get them.
    public boolean has(String model, String node) {
        return downloadable.contains(model) || !missing.contains(new Place(model, node));
    }

    /// What a node tells of files; null when its neuron tells nothing.
    public @Nullable Map<String, ModelFiles> told(String node) {
        if (!scattered || silent.contains(node)) {
            return null;
        }
        Map<String, ModelFiles> told = new HashMap<>();
        for (String model : models) {
            told.put(model, files(model, node));
        }
        return told;
    }

    private ModelFiles files(String model, String node) {
        if (!missing.contains(new Place(model, node))) {
            return new ModelFiles(model, State.PRESENT, 1L, null, null, null, "1");
        }
        return downloadable.contains(model)
                ? new ModelFiles(model, State.DOWNLOADABLE, null, 1L << 20, model, "no", null)
                : ModelFiles.lacking(model, State.ABSENT, model, "no such file");
    }

    /// How long it takes, in nanoseconds, until something changes next.
    public long untilChange() {
        return (long) (-Math.log(1 - random.nextDouble()) * MEAN_NANOS);
    }

    /// Lets one file come or go; says which.
    public String change() {
        String model = models.get(random.nextInt(models.size()));
        String node = nodes.get(random.nextInt(nodes.size()));
        Place place = new Place(model, node);
        boolean goes = missing.add(place);
        if (!goes) {
            missing.remove(place);
        }
        return "file of " + model + (goes ? " GOES from " : " COMES to ") + node;
    }
}
