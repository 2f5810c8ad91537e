package cortex.core.catalogue;

import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.core.engine.HarnessKind;
import cortex.core.node.EngineOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads models.toml. Everything that is wrong becomes a problem of the reading; the catalogue that
/// is given back then holds what could be used and is not for serving.
public final class CatalogueReader {
    /// Files that are named in the catalogue are files of the node, so they are not looked for.
    private static final ValueType<String> NODE_FILE =
            ValueTypes.TEXT.where(
                    file -> !file.isBlank() && !file.startsWith("-") && !file.startsWith("~"),
                    "a file on the node: an absolute path, or one below its model_dirs");

    private static final ValueType<String> NAME =
            ValueTypes.TEXT.where(
                    name -> name.chars().allMatch(c -> c > ' ' && c != 0x7f),
                    "a name without spaces, in quotes");

    private static final ValueType<String> SOURCE =
            ValueTypes.TEXT.where(
                    source -> source.matches("hf:[^/\\s:]+/[^/\\s:]+(:\\S+)?"),
                    "a repository such as \"hf:org/repo\" or \"hf:org/repo:Q4_K_M\"");

    private static final ValueType<Integer> COUNT = ValueTypes.integer(1, Integer.MAX_VALUE);

    private static final ValueType<String> CAPABILITY =
            ValueTypes.TEXT.where(
                    text -> ComputeCapability.parse(text) != null,
                    "a compute capability in quotes, such as \"8.0\"");

    private final @Nullable List<String> nodes;
    private final Map<String, String> owners = new HashMap<>();

    private CatalogueReader(@Nullable List<String> nodes) {
        this.nodes = nodes;
    }

    /// Reads `[[models]]`. `nodes` are the names that `pinned_on` and `nodes` may use, null when
    /// they are not known.
    public static Catalogue read(Section root, @Nullable List<String> nodes) {
        List<Section> sections = root.tables("models", "One model, and what it needs.");
        if (sections.isEmpty() && root.whole() && !root.has("models")) {
            root.problem("holds no [[models]]; at least one is needed to serve anything.");
        }
        CatalogueReader reader = new CatalogueReader(nodes);
        List<ModelProfile> profiles = new ArrayList<>();
        for (Section section : sections) {
            ModelProfile profile = reader.profile(section);
            if (reader.claim(section, profile)) {
                profiles.add(profile);
            }
        }
        return new Catalogue(profiles);
    }

    private ModelProfile profile(Section model) {
        String id = model.read("id", NAME, "The name clients ask for.").required();
        List<String> aliases =
                model.read(
                                "aliases",
                                ValueTypes.listOf(NAME, "an array of names without spaces"),
                                "Other names for the same model.")
                        .or(List.of());
        String harness =
                model.read(
                                "harness",
                                ValueTypes.oneOf(HarnessKind.words()),
                                "The harness (kind of engine) that runs it.")
                        .required();
        String quant =
                model.read(
                                "quant",
                                ValueTypes.TEXT,
                                "The quantisation to load, in the engine's own words.")
                        .orNull();
        Integer inFlight =
                model.read(
                                "max_in_flight",
                                COUNT,
                                "Requests for it that may be in flight at once; more wait for a"
                                        + " place.")
                        .orNull();
        ModelProfile.Needs needs = needs(model, id);
        ModelProfile.Residency residency = residency(model);
        return new ModelProfile(
                id,
                aliases,
                new ModelProfile.Engine(harness, quant, options(model, id, harness)),
                needs,
                residency,
                QuirksReader.read(model),
                inFlight);
    }

    private ModelProfile.Needs needs(Section model, String id) {
        Long vram =
                model.read(
                                "vram_mb",
                                ValueTypes.longFrom(1),
                                "Memory it takes in MiB, over all devices. Not set: it gets its"
                                        + " devices to itself until a load was measured.")
                        .orNull();
        int devices =
                model.read(
                                "min_devices",
                                ValueTypes.integer(0, 64),
                                "Devices it is split over. 0: runs on the CPU, and `vram_mb` counts"
                                        + " against the node's free RAM.")
                        .or(1);
        Long perDevice =
                model.read(
                                "min_device_vram_mb",
                                ValueTypes.longFrom(1),
                                "Memory in MiB that each device must have.")
                        .orNull();
        List<String> pinnedOn =
                model.read(
                                "pinned_on",
                                ValueTypes.TEXTS,
                                "Nodes on which it is never evicted and where it is placed first.")
                        .or(List.of());
        String capability =
                model.read(
                                "min_compute_capability",
                                CAPABILITY,
                                "CUDA compute capability that each device must have at least.")
                        .orNull();
        for (String key : List.of("min_device_vram_mb", "min_compute_capability")) {
            if (devices == 0 && model.has(key)) {
                model.problem(key, "has no meaning with min_devices = 0; leave it out.");
            }
        }
        if (devices == 0 && vram == null) {
            model.warn("vram_mb", "is not set, so '" + id + "' counts as 0 MiB of RAM. Set it.");
        }
        List<String> allowed = nodes(model, pinnedOn);
        return new ModelProfile.Needs(
                vram,
                devices,
                perDevice,
                capability == null ? null : ComputeCapability.parse(capability),
                pinnedOn,
                allowed);
    }

    /// The only nodes it may go to; none for all.
    private List<String> nodes(Section model, List<String> pinnedOn) {
        List<String> allowed =
                model.read(
                                "nodes",
                                ValueTypes.TEXTS.where(
                                        list -> !list.isEmpty(), "at least one node"),
                                "The only nodes that it may be placed on; it is evicted there as"
                                        + " usual. Not set: all.")
                        .or(List.of(), "(all)");
        checkNodes(model, "pinned_on", pinnedOn);
        checkNodes(model, "nodes", allowed);
        for (String node : pinnedOn) {
            if (!allowed.isEmpty() && !allowed.contains(node)) {
                model.problem(
                        "pinned_on", "names '" + node + "', which nodes leaves out. Add it there.");
            }
        }
        return allowed;
    }

    private static ModelProfile.Residency residency(Section model) {
        int priority =
                model.read(
                                "residency_priority",
                                ValueTypes.integer(-1000, 1000),
                                "Eviction priority: it may evict models of equal or lower"
                                        + " priority.")
                        .or(0);
        Duration ttl =
                model.read(
                                "ttl",
                                ValueTypes.duration(Duration.ofSeconds(1)),
                                "Idleness after which it is unloaded. Not set: it stays until the"
                                        + " room is needed.")
                        .orNull();
        Section replicas =
                model.table("replicas", "The number of replicas, at most one for each node.");
        int min =
                replicas.read(
                                "min",
                                ValueTypes.integer(0, 1000),
                                "Kept loaded where there is free room, asked for or not.")
                        .or(0);
        int max =
                replicas.read(
                                "max",
                                COUNT,
                                "Loaded at most, when requests queue and there is free room. Extra"
                                    + " replicas (loaded by an operator, or left after it was"
                                    + " lowered) stay until their room is needed, and are evicted"
                                    + " first.")
                        .or(Math.max(1, min));
        if (min > max) {
            replicas.problem("min", "min (" + min + ") is more than max (" + max + ").");
            return new ModelProfile.Residency(priority, ttl, max, max);
        }
        return new ModelProfile.Residency(priority, ttl, min, max);
    }

    private void checkNodes(Section model, String key, List<String> named) {
        if (nodes == null) {
            return;
        }
        List<String> known = nodes.stream().filter(n -> !n.isEmpty()).distinct().toList();
        for (String node : named) {
            if (!known.contains(node)) {
                String valid = known.isEmpty() ? "none" : String.join(", ", known);
                String message = "there is no node '" + node + "'; [[neurons]] has: " + valid + ".";
                model.unknownName(key, message, known, node);
            }
        }
    }

    /// An engine that gets neither takes the id for the repository.
    private static void warnOfIdAsSource(
            Section model,
            String id,
            String harness,
            @Nullable String path,
            @Nullable String source) {
        HarnessKind kind = HarnessKind.find(harness);
        boolean needs = kind != null && kind.needsModel() && !kind.connects();
        if (needs && path == null && source == null && !id.contains("/")) {
            model.warn(
                    "id",
                    "is used as the repository name, as neither path nor source is set, but it is"
                            + " not owner/name. Set path or source.");
        }
    }

    private static EngineOptions options(Section model, String id, String harness) {
        String path =
                model.read(
                                "path",
                                NODE_FILE,
                                "The model's file on the node, below one of the node's"
                                        + " `model_dirs`; a relative path is looked for in each of"
                                        + " them. It is never placed on a node that lacks the"
                                        + " file. Set this or `source`.")
                        .orNull();
        String source =
                model.read(
                                "source",
                                SOURCE,
                                "The repository that the engine gets the model from. Without"
                                        + " this and `path`, the `id` is taken for the"
                                        + " repository.")
                        .orNull();
        if (model.has("path") && model.has("source")) {
            model.problem("source", "set only one of path and source.");
        }
        warnOfIdAsSource(model, id, harness, path, source);
        return new EngineOptions(
                new EngineOptions.Origin(path, source),
                model.read(
                                "context",
                                COUNT,
                                "Tokens of context over all slots. Not set: the engine's default.")
                        .orNull(),
                model.read(
                                "parallel",
                                COUNT,
                                "Requests the engine takes at once. Not set: the engine's default.")
                        .orNull(),
                model.read(
                                "gpu_layers",
                                ValueTypes.integer(0, Integer.MAX_VALUE),
                                "Layers on the devices; the rest stays on the CPU. Not set: the"
                                        + " engine's default.")
                        .orNull(),
                model.read(
                                "tensor_split",
                                ValueTypes.listOf(
                                        ValueTypes.NUMBER.where(n -> n >= 0, "a share"),
                                        "an array of shares such as [3, 1], none negative"),
                                "Each device's share of the model, in their order.")
                        .or(List.of()),
                model.read(
                                "mmproj",
                                NODE_FILE,
                                "The projector file of a vision model, on the node.")
                        .orNull(),
                model.read(
                                "args",
                                ValueTypes.ARGUMENTS,
                                "More arguments for the engine. Flags that tune it pass;"
                                        + " others the node must allow (`allow_args`).")
                        .or(List.of()));
    }

    /// Takes the profile's names; false when one of them is taken already.
    private boolean claim(Section model, ModelProfile profile) {
        boolean free = profile.id().isEmpty() || claim(model, "id", profile.id(), profile);
        for (String alias : profile.aliases()) {
            free &= claim(model, "aliases", alias, profile);
        }
        return free && !profile.id().isEmpty();
    }

    private boolean claim(Section model, String key, String name, ModelProfile profile) {
        @Nullable String other = owners.putIfAbsent(name, profile.id());
        if (other == null) {
            return true;
        }
        String message =
                other.equals(profile.id())
                        ? "'"
                                + name
                                + "' is given twice"
                                + (key.equals("id") ? ". Model ids must be unique." : ".")
                        : "'" + name + "' would name both " + other + " and " + profile.id() + ".";
        model.problem(key, message);
        return false;
    }
}
