package cortex.neuron.harness.policy;

import cortex.core.engine.HarnessKind;
import cortex.core.failure.FailureException;
import cortex.core.files.ModelFiles;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a load may ask of one harness. Whatever passes may stand in a command line: it has the
/// shape it must have, lies where it may, and can be taken for nothing else. Immutable.
public final class LoadPolicy {
    private static final System.Logger LOG = System.getLogger(LoadPolicy.class.getName());
    private static final Pattern QUANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");
    private static final int LONGEST_ID = 256;
    private static final int MOST_SHARES = 128;
    private static final int MOST_PARALLEL = 65_536;
    private static final double LARGEST_SHARE = 1e9;

    private final HarnessKind harness;
    private final Rules rules;
    private final ArgumentPolicy arguments;

    /// What neuron.toml says: where models may lie, where they may come from, whether engines may
    /// download what is not there, and how many there may be at once, loaded or on their way.
    public record Rules(ModelDirs dirs, Sources sources, boolean download, int maxModels) {
        /// With downloads.
        public Rules(ModelDirs dirs, Sources sources, int maxModels) {
            this(dirs, sources, true, maxModels);
        }

        /// The rules of a neuron.toml that says nothing.
        public static final Rules DEFAULT =
                new Rules(new ModelDirs(List.of()), new Sources(List.of("hf:*")), 64);
    }

    /// The policy of a harness whose operator allows the flags `allowed` too.
    ///
    /// @throws IllegalArgumentException for a name that no engine here has
    public LoadPolicy(String harness, Collection<String> allowed, Rules rules) {
        this.harness = HarnessKind.of(harness);
        this.rules = rules;
        this.arguments = new ArgumentPolicy(this.harness, allowed, checked(rules));
    }

    /// Resolves what the rules allow, and refuses the rest.
    static ArgumentPolicy.Places checked(Rules rules) {
        return new ArgumentPolicy.Places() {
            @Override
            public String path(String what, String written) {
                return rules.dirs().resolve(what, written);
            }

            @Override
            public void repository(String what, String written) {
                rules.sources().check(what, written);
            }
        };
    }

    /// Looks for the files that a load names. Refuses nothing: what is not allowed is not there,
    /// and what else is wrong with the load it will be told when it comes.
    public ModelFiles find(LoadRequest request, Caches caches) {
        String id = request.modelId();
        FileSearch search = new FileSearch(rules, caches, request.quant());
        EngineOptions options = request.options();
        EngineOptions.Origin origin = options.origin();
        try {
            checkShape(request);
            if (origin.path() != null) {
                search.path("path", origin.path());
            } else if (harness.needsModel()) {
                search.repository("source", origin.sourceOr(id));
            }
            if (options.mmproj() != null) {
                search.path("mmproj", options.mmproj());
            }
            arguments.with(search).check(options.args());
        } catch (FailureException e) {
            LOG.log(System.Logger.Level.TRACE, "no load names such files", e);
            return ModelFiles.unknown(id);
        }
        return search.result(id);
    }

    /// The load as it is carried out, with paths resolved. Looks at the files that it names.
    ///
    /// @throws cortex.core.failure.FailureException `BadRequest` for what has not the shape it must
    ///   have, `Unsupported` with the code `load_not_allowed` for what this node does not do
    public LoadRequest admit(LoadRequest request) {
        checkShape(request);
        EngineOptions options = request.options();
        EngineOptions.Origin origin = options.origin();
        String path = resolved("path", origin.path());
        if (path == null && harness.needsModel()) {
            rules.sources()
                    .check(
                            origin.source() == null ? "model_id" : "source",
                            origin.sourceOr(request.modelId()));
        } else if (origin.source() != null) {
            rules.sources().check("source", origin.source());
        }
        return new LoadRequest(
                request.modelId(),
                request.harness(),
                request.quant(),
                request.tensorParallel(),
                request.devices(),
                request.vramMb(),
                new EngineOptions(
                        new EngineOptions.Origin(path, origin.source()),
                        options.context(),
                        options.parallel(),
                        options.gpuLayers(),
                        options.tensorSplit(),
                        resolved("mmproj", options.mmproj()),
                        arguments.check(options.args())));
    }

    /// Refuses a load for which something would have to be downloaded where nothing may be.
    ///
    /// @throws FailureException `Unsupported`
    public void checkDownload(LoadRequest request, Caches caches) {
        if (rules.download()) {
            return;
        }
        ModelFiles files = find(request, caches);
        if (files.lacks()) {
            throw NotAllowed.because(
                    "'"
                            + files.file()
                            + "' is refused: it would have to be downloaded, and download = false"
                            + " in [neuron] of this node's neuron.toml.");
        }
    }

    /// Whether engines may download at all.
    public boolean mayDownload() {
        return rules.download();
    }

    /// Whether the engine of a load that was admitted may have to download something.
    public boolean downloads(LoadRequest request) {
        EngineOptions options = request.options();
        return rules.download()
                && rules.sources().any()
                && (options.origin().path() == null
                        || options.origin().source() != null
                        || arguments.nameRepositories(options.args()));
    }

    private @Nullable String resolved(String what, @Nullable String path) {
        if (path == null) {
            return null;
        }
        if (path.isBlank()) {
            throw NotAllowed.malformed(what, "the path of a file; leave it out if there is none");
        }
        String resolved = rules.dirs().resolve(what, path);
        String separator = harness.listSeparator();
        if (harness.splitsEveryPath() && resolved.contains(separator)) {
            throw NotAllowed.malformed(
                    what,
                    "a path without "
                            + separator
                            + ", which "
                            + harness.engine()
                            + " takes for two");
        }
        return resolved;
    }

    /// Checks what of a load is for every kind of harness.
    ///
    /// @throws cortex.core.failure.FailureException `BadRequest`
    public static void checkShape(LoadRequest request) {
        checkId(request.modelId());
        String quant = request.quant();
        if (quant != null && !QUANT.matcher(quant).matches()) {
            throw NotAllowed.malformed("quant", "a name such as Q4_K_M");
        }
        EngineOptions options = request.options();
        List<Double> shares = options.tensorSplit();
        boolean finite = shares.stream().allMatch(share -> share >= 0 && share <= LARGEST_SHARE);
        if (shares.size() > MOST_SHARES || !finite) {
            throw NotAllowed.malformed("options.tensor_split", "a list of at most 128 shares");
        }
        Integer parallel = options.parallel();
        if (parallel != null && (parallel < 1 || parallel > MOST_PARALLEL)) {
            throw NotAllowed.malformed("options.parallel", "from 1 to " + MOST_PARALLEL);
        }
    }

    /// A model's id names logs and processes, and is an argument of its engine.
    private static void checkId(String id) {
        boolean sane =
                !id.isBlank()
                        && id.length() <= LONGEST_ID
                        && !id.startsWith("-")
                        && id.equals(id.strip())
                        && id.codePoints().allMatch(LoadPolicy::printed);
        if (!sane) {
            throw NotAllowed.malformed(
                    "model_id",
                    "a name of at most "
                            + LONGEST_ID
                            + " characters that does not begin with - and holds no control"
                            + " characters");
        }
    }

    private static boolean printed(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
