package cortex.neuron.harness;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.harness.cause.CauseRules;
import cortex.neuron.harness.cause.DemoCauses;
import cortex.neuron.process.Readiness;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The demo engine, from the module path that this program itself was started from: the way of any
/// engine, without its weight. With `--api mistralrs` among the arguments it is asked as mistral.rs
/// is.
final class Demo implements EngineDriver {
    private static final String MODULE = "cortex.demo/cortex.demo.Main";

    /// The engine must be there in a moment and need little: no second compiler, a heap that begins
    /// small and has room for the largest body that a gateway lets through.
    private static final List<String> JVM =
            List.of(
                    "-Xms16m",
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto");

    private final HarnessConfig config;
    private final Program program;
    private final String modulePath;

    Demo(HarnessConfig config) {
        this(config, System.getProperty("jdk.module.path", ""));
    }

    Demo(HarnessConfig config, String modulePath) {
        this.config = config;
        this.program =
                new Program("", config.started().args(), Program.variables(config.started().env()));
        this.modulePath = absolute(modulePath);
    }

    /// Engines are started in another directory than this program.
    private static String absolute(String path) {
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .map(entry -> entry.isEmpty() ? entry : Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    public @Nullable String unavailable() {
        if (config.started().binary() != null) {
            return Program.of(config, "").unavailable();
        }
        return modulePath.isEmpty()
                ? "the demo engine is found on the neuron's module path, and it has none"
                : null;
    }

    @Override
    public CauseRules causes() {
        return DemoCauses.RULES;
    }

    @Override
    public Command command(Harness.Launch launch, int port) {
        List<String> argv = new ArrayList<>();
        if (config.started().binary() != null) {
            argv.add(config.started().binary());
        } else {
            argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            argv.addAll(JVM);
            argv.addAll(List.of("-p", modulePath, "-m", MODULE));
        }
        argv.addAll(config.started().args());
        argv.addAll(arguments(launch.request(), port));
        return program.command(argv, launch);
    }

    private List<String> arguments(LoadRequest request, int port) {
        EngineOptions options = request.options();
        List<String> args = new ArrayList<>();
        LlamaCpp.option(args, "-c", options.context());
        LlamaCpp.option(args, mistral(request) ? "--max-seqs" : "-np", options.parallel());
        LlamaCpp.option(args, "--mmproj", options.mmproj());
        LlamaCpp.option(args, "--vram-mb", request.vramMb());
        args.addAll(options.args());
        args.addAll(List.of("--alias", LlamaCpp.alias(request.modelId())));
        args.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port)));
        return args;
    }

    private boolean mistral(LoadRequest request) {
        List<String> all = new ArrayList<>(config.started().args());
        all.addAll(request.options().args());
        int api = all.indexOf("--api");
        return api >= 0 && api + 1 < all.size() && all.get(api + 1).equals("mistralrs");
    }

    @Override
    public @Nullable String keyVariable(LoadRequest request) {
        return mistral(request) ? null : LlamaCpp.KEY_VARIABLE;
    }

    @Override
    public @Nullable Integer requests(EngineHttp http, URI url, LoadRequest request)
            throws IOException, InterruptedException {
        return mistral(request) ? null : LlamaCpp.requestsOfLlama(http, url);
    }

    @Override
    public Readiness.Answer<Harness.Facts> ask(EngineHttp http, URI url, LoadRequest request)
            throws InterruptedException {
        List<String> args = LlamaCpp.allArguments(program, request);
        return mistral(request)
                ? MistralRs.askMistralRs(http, url, request, args)
                : LlamaCpp.askLlama(http, url, LlamaCpp.alias(request.modelId()), args);
    }
}
