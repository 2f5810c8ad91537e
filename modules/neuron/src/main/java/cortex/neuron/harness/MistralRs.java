package cortex.neuron.harness;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.harness.EngineHttp.Answer;
import cortex.neuron.harness.cause.CauseRules;
import cortex.neuron.harness.cause.MistralRsCauses;
import cortex.neuron.harness.traits.MistralRsTraits;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `mistralrs serve`, one process per model, so that an unload really gives the memory back. It
/// binds its port only after the load (until then nothing answers) and its `/health` says nothing
/// about the model, so `/v1/models` is asked. It ends at TERM at once, without draining.
final class MistralRs implements EngineDriver {
    /// What the engine takes at once unless told (`--max-seqs`).
    private static final int DEFAULT_SLOTS = 32;

    private static final Duration ASK = Duration.ofSeconds(3);
    private static final Pattern K_QUANT = Pattern.compile("q(\\d)_?k(_[sml]|_x[sl])?");
    private final Program program;

    MistralRs(HarnessConfig config) {
        this.program = Program.of(config, "mistralrs");
    }

    @Override
    public @Nullable String unavailable() {
        return program.unavailable();
    }

    @Override
    public CauseRules causes() {
        return MistralRsCauses.RULES;
    }

    @Override
    public Command command(Harness.Launch launch, int port) {
        List<String> argv = new ArrayList<>();
        argv.add(program.path());
        argv.add("serve");
        argv.addAll(program.args());
        argv.addAll(arguments(launch.request(), port));
        return program.command(argv, launch);
    }

    /// The arguments for a model; what only the neuron may set comes last. The engine refuses an
    /// option that is given twice.
    static List<String> arguments(LoadRequest request, int port) {
        EngineOptions options = request.options();
        List<String> args = new ArrayList<>(source(request));
        LlamaCpp.option(args, "--max-seq-len", options.context());
        LlamaCpp.option(args, "--max-seqs", options.parallel());
        LlamaCpp.option(args, "--mmproj", options.mmproj());
        if (request.devices().isEmpty()) {
            args.add("--cpu");
        } else if (options.gpuLayers() != null && request.devices().size() == 1) {
            args.addAll(List.of("-n", "0:" + options.gpuLayers()));
        }
        args.addAll(options.args());
        // The engine's own default host is every interface, and it knows no key.
        args.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "--no-ui"));
        return args;
    }

    private static List<String> source(LoadRequest request) {
        String path = request.options().origin().path();
        if (path != null && path.endsWith(".gguf")) {
            Path file = Path.of(path);
            Path dir = file.toAbsolutePath().getParent();
            return List.of(
                    "-m",
                    String.valueOf(dir),
                    "-f",
                    String.valueOf(file.getFileName()),
                    "--format",
                    "gguf");
        }
        List<String> args = new ArrayList<>(List.of("-m", name(request)));
        String quant = request.quant();
        if (quant != null) {
            args.addAll(quantisation(quant));
        }
        return args;
    }

    private static String name(LoadRequest request) {
        EngineOptions.Origin origin = request.options().origin();
        if (origin.path() != null) {
            return origin.path();
        }
        String source = origin.sourceOr(request.modelId());
        return source.startsWith("hf:") ? source.substring(3) : source;
    }

    /// `4` is bits, left to the engine; `Q4_K_M` is the engine's `q4k`; others are named alike.
    private static List<String> quantisation(String quant) {
        String lower = quant.toLowerCase(Locale.ROOT);
        if (lower.matches("\\d")) {
            return List.of("--quant", lower);
        }
        Matcher k = K_QUANT.matcher(lower);
        return List.of("--isq", k.matches() ? "q" + k.group(1) + "k" : lower);
    }

    @Override
    public Readiness.Answer<Harness.Facts> ask(EngineHttp http, URI url, LoadRequest request)
            throws InterruptedException {
        return askMistralRs(http, url, request, LlamaCpp.allArguments(program, request));
    }

    /// Whether an engine that speaks as mistral.rs does, started with `args`, has a model loaded.
    static Readiness.Answer<Harness.Facts> askMistralRs(
            EngineHttp http, URI url, LoadRequest request, List<String> args)
            throws InterruptedException {
        try {
            Answer models = http.get(url, "/v1/models", ASK);
            String name = loaded(models.json());
            if (name == null) {
                return new Readiness.NotYet<>("it answers, and has no model loaded");
            }
            Integer parallel = request.options().parallel();
            return new Readiness.Ready<>(
                    new Harness.Facts(
                            name,
                            parallel == null ? DEFAULT_SLOTS : parallel,
                            request.options().context(),
                            MistralRsTraits.of(args)));
        } catch (IOException e) {
            return new Readiness.NotYet<>("it does not answer");
        }
    }

    /// The id of the loaded model. `default` is a name that may come to mean another model, or
    /// none: it is never used.
    private static @Nullable String loaded(@Nullable JsonNode models) {
        JsonNode data = models == null ? null : models.get("data");
        if (data != null && data.isArray()) {
            for (JsonNode entry : data) {
                String id = entry.path("id").asString("");
                String status = entry.path("status").asString("loaded");
                if (!id.isEmpty() && !id.equals("default") && status.equals("loaded")) {
                    return id;
                }
            }
        }
        return null;
    }
}
