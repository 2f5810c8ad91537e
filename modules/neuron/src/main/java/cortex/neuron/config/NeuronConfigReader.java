package cortex.neuron.config;

import cortex.core.config.ByteSize;
import cortex.core.config.ConfigReading;
import cortex.core.config.HostPort;
import cortex.core.config.Section;
import cortex.core.config.Setting;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.core.engine.HarnessKind;
import cortex.core.log.LogFormat;
import cortex.neuron.device.vendor.Vendors;
import cortex.neuron.harness.policy.FlagTable;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.harness.policy.ModelDirs;
import cortex.neuron.harness.policy.Sources;
import cortex.relay.connection.ClientLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads neuron.toml, with overrides from variables `NEURON_…__…`.
public final class NeuronConfigReader {
    private static final ValueType<Duration> SPAN = ValueTypes.duration(Duration.ofMillis(1));

    private static final ValueType<List<Integer>> PORT_RANGE =
            ValueTypes.listOf(ValueTypes.integer(1, 65_535), "")
                    .where(
                            ports -> ports.size() == 2 && ports.getFirst() <= ports.getLast(),
                            "[first, last] with first <= last, such as [8100, 8199]");

    /// Tokens are handed to engines this way, so only the names are ever shown.
    private static final ValueType<List<String>> ENVIRONMENT =
            ValueTypes.TEXTS
                    .where(
                            lines -> lines.stream().allMatch(line -> line.matches("(?s)\\w+=.*")),
                            "an array of NAME=value texts such as [\"HF_HUB_OFFLINE=1\"]")
                    .writtenAs(NeuronConfigReader::masked)
                    .hidden();

    private static final ValueType<List<String>> FLAGS =
            ValueTypes.TEXTS.where(
                    flags -> flags.stream().allMatch(flag -> flag.matches("--?[A-Za-z][\\w.-]*")),
                    "an array of flags without values such as [\"--log-file\"]");

    private static final ValueType<List<String>> SOURCES =
            ValueTypes.TEXTS.where(
                    patterns -> patterns.stream().allMatch(Sources::isPattern),
                    "an array of patterns such as [\"hf:*\", \"!hf:owner/*\"]");

    private static final ValueType<List<String>> VENDORS =
            ValueTypes.TEXTS.where(
                    Vendors.names()::containsAll, "an array of some of " + Vendors.names());

    private static final ValueType<List<String>> VARIABLES =
            ValueTypes.TEXTS.where(
                    names -> names.stream().allMatch(name -> name.matches("[A-Za-z_]\\w*\\*?")),
                    "an array of names such as [\"LD_PRELOAD\", \"MY_*\"]");

    private final ConfigReading reading;
    private final Map<String, String> environment;

    private NeuronConfigReader(ConfigReading reading, Map<String, String> environment) {
        this.reading = reading;
        this.environment = environment;
    }

    /// A configuration and how it came about: `effective` is all of it as TOML, with the origin of
    /// each value and secrets masked; `warnings` are lines about what is hardly meant.
    public record Loaded(
            NeuronConfig config, String effective, List<String> warnings, Places places) {
        public Loaded {
            warnings = List.copyOf(warnings);
        }

        /// Another warning as a line like those of `warnings`.
        public String line(ConfigWarning warning) {
            return places.line(warning.key(), warning.text() + ".");
        }
    }

    /// Knows where keys stand in the files.
    public interface Places {
        String line(String key, String message);
    }

    /// Reads a configuration.
    ///
    /// @throws cortex.core.config.problem.ConfigException with every problem
    public static NeuronConfig read(Path file, Map<String, String> environment) {
        return load(file, environment).config();
    }

    /// Reads a configuration that is to be shown.
    ///
    /// @throws cortex.core.config.problem.ConfigException with every problem
    public static Loaded load(Path file, Map<String, String> environment) {
        ConfigReading reading = ConfigReading.from(environment);
        NeuronConfig config = new NeuronConfigReader(reading, environment).config(file);
        reading.finish();
        return new Loaded(config, reading.effective(), reading.warnings(), reading::line);
    }

    /// The keys of the file, as Markdown.
    public static String markdown() {
        ConfigReading reading = ConfigReading.documentation();
        new NeuronConfigReader(reading, Map.of()).config(Path.of("neuron.toml"));
        return reading.markdown();
    }

    private NeuronConfig config(Path file) {
        Section root = reading.open(file, "One GPU host and the engines it may run.", "NEURON_");
        Section neuron = root.table("neuron", "Addresses and access.");
        HostPort listen =
                neuron.read(
                                "listen",
                                ValueTypes.HOST_PORT,
                                "Where the gateway reaches it. Port 0: any free one. Without"
                                        + " `keys`: on loopback only, unless it is `open`.")
                        .or(new HostPort("0.0.0.0", 9090));
        NeuronConfig.Access access = AccessKeys.read(neuron, environment);
        Path state = StateDir.read(neuron, environment);
        LoadPolicy.Rules loads = loads(neuron);
        NeuronConfig.Limits limits = limits(neuron);
        ClientLimits clients = ClientLimits.read(neuron);
        NeuronConfig.Probe probe = probe(neuron);
        Duration drain =
                neuron.read(
                                "drain_timeout",
                                ValueTypes.duration(Duration.ZERO),
                                "How long running requests may go on when the program is stopped,"
                                        + " or a harness is restarted.")
                        .or(Duration.ofSeconds(30));
        Duration memoryReturn =
                neuron.read(
                                "memory_return_timeout",
                                ValueTypes.duration(Duration.ZERO),
                                "How long device memory may take to come back after an engine"
                                        + " ended, before the neuron ends leftovers.")
                        .or(Duration.ofSeconds(5));
        NeuronConfig.Stop stop = StopKeys.read(neuron, environment);
        Duration files =
                neuron.read(
                                "files_interval",
                                SPAN,
                                "Time between two looks for the files that catalogues name.")
                        .or(NeuronConfig.Engines.FILES);
        LogFormat logFormat =
                neuron.read("log_format", ValueTypes.oneOf(LogFormat.class), "How log lines look.")
                        .or(LogFormat.HUMAN);
        return new NeuronConfig(
                new NeuronConfig.Api(listen, access, clients),
                state,
                limits,
                probe,
                new NeuronConfig.Engines(
                        harnesses(root, listen.port()), loads, drain, memoryReturn, files),
                stop,
                logFormat);
    }

    private static LoadPolicy.Rules loads(Section neuron) {
        List<String> dirs =
                neuron.read(
                                "model_dirs",
                                ValueTypes.TEXTS,
                                "Directories that model files (`path`, `mmproj` and others) may be"
                                        + " loaded from, links resolved. Not set: none. A"
                                        + " relative path is looked for in each directory in turn.")
                        .or(List.of());
        List<String> sources =
                neuron.read(
                                "sources",
                                SOURCES,
                                "Which repositories a model's `source` may name: patterns with `*`"
                                    + " and `?`; `!` denies. The last match decides; no match means"
                                    + " denied.")
                        .or(List.of("hf:*"));
        boolean download =
                neuron.read(
                                "download",
                                ValueTypes.BOOLEAN,
                                "Engines may download a `source` that is not in their cache.")
                        .or(true);
        int models =
                neuron.read(
                                "max_models",
                                ValueTypes.integer(1, 4096),
                                "Models at once, loaded or on their way.")
                        .or(64);
        return new LoadPolicy.Rules(
                new ModelDirs(dirs.stream().map(neuron::resolve).toList()),
                new Sources(sources),
                download,
                models);
    }

    private static NeuronConfig.Limits limits(Section neuron) {
        long heap = Runtime.getRuntime().maxMemory();
        int header = bytes(neuron, "max_header", ByteSize.kib(16), "The largest request head.");
        return new NeuronConfig.Limits(
                bytes(
                        neuron,
                        "max_body",
                        ByteSize.mib(256),
                        "The largest request body. Large ones go to the engine as they come; no"
                                + " less than a gateway's `max_upload`."),
                header,
                ClientLimits.connections(neuron, header, heap, "NEURON_JAVA_OPTS"),
                bytes(
                        neuron,
                        "log_bytes",
                        ByteSize.kib(256),
                        "How much is kept of each engine's output."),
                buffered(neuron, heap));
    }

    /// An eighth of the heap; more than a quarter would leave too little for connections.
    private static long buffered(Section neuron, long heap) {
        long usual = Math.max(1, (heap / 8) >> 20);
        ByteSize buffered =
                neuron.read(
                                "max_buffered",
                                ValueTypes.byteSize(ByteSize.kib(64), ByteSize.mib(2047)),
                                "Memory for request bodies of up to 64 KiB, which are held so that"
                                        + " they can be sent again when an engine has closed its"
                                        + " connection. Without room, and larger ones, are passed"
                                        + " on as they come. At most a quarter of the heap.")
                        .or(ByteSize.mib(Math.min(2047, usual)), "(an eighth of the heap)");
        if (buffered.bytes() > heap / 4) {
            neuron.problem(
                    "max_buffered",
                    "max_buffered ("
                            + buffered
                            + ") may be at most a quarter of the heap: with this heap set it to "
                            + ByteSize.mib((heap / 4) >> 20)
                            + " or less, or start with a larger one (NEURON_JAVA_OPTS=-Xmx…).");
        }
        return buffered.bytes();
    }

    private static int bytes(Section section, String key, ByteSize fallback, String meaning) {
        ValueType<ByteSize> type = ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(2047));
        return (int) section.read(key, type, meaning).or(fallback).bytes();
    }

    private static NeuronConfig.Probe probe(Section neuron) {
        String command =
                neuron.read(
                                "nvidia_smi",
                                ValueTypes.TEXT,
                                "The command that reads NVIDIA's devices: a name on the PATH or a"
                                        + " path.")
                        .or("nvidia-smi");
        List<String> vendors =
                neuron.read(
                                "vendors",
                                VENDORS,
                                "Whose devices are read and may get models. Name only those that"
                                        + " this node's engines are built for; engines see no"
                                        + " others.")
                        .or(List.of("nvidia"));
        return new NeuronConfig.Probe(
                vendors,
                program(neuron, command),
                neuron.read("probe_interval", SPAN, "Time between two readings of the devices.")
                        .or(Duration.ofSeconds(2)),
                neuron.read("probe_timeout", SPAN, "How long a reading may take.")
                        .or(Duration.ofSeconds(10)));
    }

    /// A path starts at the config file's directory, a plain name is looked up on the PATH.
    private static String program(Section section, String written) {
        return written.contains("/") ? section.resolve(written).toString() : written;
    }

    private static List<NeuronConfig.HarnessConfig> harnesses(Section root, int own) {
        List<Section> sections =
                root.tables("harnesses", "One kind of engine. At least one is needed.");
        if (sections.isEmpty() && root.whole() && !root.has("harnesses")) {
            root.problem("holds no [[harnesses]]. Add one for each engine on this machine.");
        }
        List<NeuronConfig.HarnessConfig> harnesses = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section section : sections) {
            NeuronConfig.HarnessConfig harness = harness(section, own);
            if (!harness.name().isEmpty() && !names.add(harness.name())) {
                section.problem(
                        "name", "two [[harnesses]] are named '" + harness.name() + "'. Keep one.");
            }
            harnesses.add(harness);
        }
        return harnesses;
    }

    private static NeuronConfig.HarnessConfig harness(Section harness, int own) {
        String name =
                harness.read(
                                "name",
                                ValueTypes.oneOf(HarnessKind.words()),
                                "The harness; a model's `harness` refers to it.")
                        .required();
        URI endpoint =
                harness.read(
                                "endpoint",
                                ValueTypes.BASE_URL,
                                "Base URL of an engine that runs already (mistralrs only).")
                        .orNull();
        String binary =
                harness.read(
                                "binary",
                                ValueTypes.TEXT,
                                "Program to start for each model: a name on the PATH or a path.")
                        .orNull();
        NeuronConfig.PortRange ports = ports(harness, endpoint != null);
        checkPorts(harness, ports, own);
        String unit =
                harness.read("unit", ValueTypes.TEXT, "The systemd unit behind `endpoint`.")
                        .orNull();
        checkKind(harness, name);
        String program = binary == null ? null : program(harness, binary);
        return new NeuronConfig.HarnessConfig(
                name,
                endpoint == null ? null : new NeuronConfig.Remote(endpoint, unit),
                started(harness, name, endpoint, program, ports),
                harness.read(
                                "direct",
                                ValueTypes.BOOLEAN,
                                "Give the gateway the engine's own URL, bypassing the neuron.")
                        .or(false),
                patience(harness));
    }

    private static NeuronConfig.Patience patience(Section harness) {
        return new NeuronConfig.Patience(
                harness.read(
                                "stop_grace",
                                ValueTypes.duration(Duration.ZERO),
                                "Time between asking an engine to stop and killing it.")
                        .or(Duration.ofSeconds(10)),
                harness.read("load_stall_timeout", SPAN, "How long a load may make no progress.")
                        .or(Duration.ofMinutes(10)),
                harness.read(
                                "engine_silence",
                                SPAN,
                                "How long a ready engine may answer nothing. Then it is ended, and"
                                        + " loaded again when it is asked for.")
                        .or(NeuronConfig.Patience.SILENCE),
                harness.read(
                                "engine_stall",
                                SPAN,
                                "How long an engine with requests in it may make no progress, by"
                                        + " its own count of work. Then it is ended likewise.")
                        .or(NeuronConfig.Patience.WORK));
    }

    private static NeuronConfig.Started started(
            Section harness,
            String name,
            @Nullable URI endpoint,
            @Nullable String program,
            NeuronConfig.@Nullable PortRange ports) {
        List<String> args =
                started(
                        harness.read(
                                "args",
                                ValueTypes.ARGUMENTS,
                                "Arguments for every engine, as they are."),
                        endpoint);
        List<String> env =
                started(
                        harness.read("env", ENVIRONMENT, "Added to every engine's environment."),
                        endpoint);
        List<String> allowArgs =
                started(
                        harness.read(
                                "allow_args",
                                FLAGS,
                                "Flags that a model's `args` may hold besides those that tune the"
                                        + " engine, with whatever values."),
                        endpoint);
        List<String> passEnv =
                started(
                        harness.read(
                                "pass_env",
                                VARIABLES,
                                "Variables of the neuron's own environment that engines get besides"
                                        + " the usual ones; a `*` at the end stands for any rest."),
                        endpoint);
        checkManaged(harness, name, args, allowArgs);
        if (env.stream().anyMatch(entry -> entry.startsWith("LLAMA_API_KEY="))) {
            harness.problem("env", "holds LLAMA_API_KEY, which only the neuron sets.");
        }
        return new NeuronConfig.Started(program, ports, args, env, allowArgs, passEnv);
    }

    /// What the neuron itself sets would reach the engine twice, or with another's meaning.
    private static void checkManaged(
            Section harness, String name, List<String> args, List<String> allowArgs) {
        HarnessKind kind = HarnessKind.find(name);
        if (kind == null) {
            return;
        }
        FlagTable flags = FlagTable.of(kind);
        for (String managed : flags.managedIn(args)) {
            harness.problem("args", "holds " + nameOf(managed) + ", which only the neuron sets.");
        }
        for (String managed : flags.managedIn(allowArgs)) {
            harness.problem(
                    "allow_args", "holds " + managed + ", which only the neuron may ever set.");
        }
    }

    /// Without the value, which may be a secret.
    private static String nameOf(String argument) {
        int sign = argument.indexOf('=');
        return sign < 0 ? argument : argument.substring(0, sign);
    }

    /// A list that only counts for engines that are started here.
    private static List<String> started(Setting<List<String>> list, @Nullable URI endpoint) {
        List<String> given = endpoint == null ? list.or(List.of()) : list.orNull();
        return given == null ? List.of() : given;
    }

    private static NeuronConfig.@Nullable PortRange ports(Section harness, boolean elsewhere) {
        Setting<List<Integer>> setting =
                harness.read(
                        "port_range",
                        PORT_RANGE,
                        "First and last port for engines that are started here.");
        List<Integer> ports = elsewhere ? setting.orNull() : setting.or(List.of(8100, 8199));
        return elsewhere || ports == null
                ? null
                : new NeuronConfig.PortRange(ports.getFirst(), ports.getLast());
    }

    /// An engine that was given the neuron's own port would never be reached.
    private static void checkPorts(
            Section harness, NeuronConfig.@Nullable PortRange ports, int own) {
        if (ports != null && ports.first() <= own && own <= ports.last()) {
            harness.problem(
                    "port_range",
                    "["
                            + ports.first()
                            + ", "
                            + ports.last()
                            + "] holds "
                            + own
                            + ", the port of listen in [neuron]; give engines others.");
        }
    }

    /// Each harness either starts its engines or talks to one that runs.
    private static void checkKind(Section harness, String name) {
        boolean endpoint = harness.has("endpoint");
        boolean binary = harness.has("binary");
        HarnessKind kind = HarnessKind.find(name);
        if (endpoint && binary) {
            harness.problem(
                    "endpoint",
                    "binary is set too. Keep endpoint for an engine that is already running, or"
                            + " binary to start one process per model.");
        } else if (endpoint && kind != null && !kind.connects()) {
            harness.problem(
                    "endpoint",
                    "the neuron starts engines of " + name + " itself. Set binary instead.");
        } else if (kind != null && !endpoint && !binary && kind.needsProgram() && harness.whole()) {
            String choice =
                    kind.connects()
                            ? "set binary (the program to start) or endpoint (the URL of a running"
                                    + " engine)."
                            : "set binary, the program to start for each model.";
            harness.problem(
                    (kind.connects() ? "names no program and no endpoint: " : "names no program: ")
                            + choice);
        }
        if (harness.has("unit") && !endpoint) {
            harness.problem("unit", "is only of use with endpoint.");
        }
        for (String key : List.of("port_range", "args", "env", "allow_args", "pass_env")) {
            if (endpoint && !binary && harness.has(key)) {
                harness.problem(key, "is only of use with binary, not with endpoint.");
            }
        }
    }

    private static String masked(List<String> lines) {
        return lines.stream()
                .map(line -> "\"" + line.substring(0, line.indexOf('=')) + "=********\"")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
