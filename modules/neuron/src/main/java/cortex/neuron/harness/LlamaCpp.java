package cortex.neuron.harness;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.harness.EngineHttp.Answer;
import cortex.neuron.harness.cause.CauseRules;
import cortex.neuron.harness.cause.LlamaCppCauses;
import cortex.neuron.harness.traits.LlamaTraits;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// llama.cpp's `llama-server`, one process per model. It binds its port before it loads and answers
/// every route with 503 until it serves.
final class LlamaCpp implements EngineDriver {
    private static final Duration ASK = Duration.ofSeconds(3);
    private static final Duration COUNT = Duration.ofSeconds(10);
    private static final String OTHER_KEY =
            "the engine asks for another key than the one that it was started with";

    /// What llama-server reads as `--api-key` (common/arg.cpp).
    static final String KEY_VARIABLE = "LLAMA_API_KEY";

    private final Program program;

    LlamaCpp(HarnessConfig config) {
        this.program = Program.of(config, "llama-server");
    }

    @Override
    public @Nullable String unavailable() {
        return program.unavailable();
    }

    @Override
    public CauseRules causes() {
        return LlamaCppCauses.RULES;
    }

    @Override
    public Command command(Harness.Launch launch, int port) {
        List<String> argv = new ArrayList<>();
        argv.add(program.path());
        argv.addAll(program.args());
        argv.addAll(arguments(launch.request(), port));
        return program.command(argv, launch);
    }

    /// The arguments for a model; the profile's own come after the usual ones, so that they win,
    /// and what only the neuron may set comes last of all.
    static List<String> arguments(LoadRequest request, int port) {
        EngineOptions options = request.options();
        List<String> args = new ArrayList<>();
        option(args, "-c", options.context());
        option(args, "-np", options.parallel());
        option(args, "-ngl", options.gpuLayers());
        if (!options.tensorSplit().isEmpty()) {
            args.addAll(List.of("--tensor-split", shares(options.tensorSplit())));
        }
        option(args, "--mmproj", options.mmproj());
        if (request.devices().isEmpty()) {
            args.addAll(List.of("--device", "none"));
        }
        if (options.context() != null || options.gpuLayers() != null) {
            // Else the engine shrinks itself into whatever memory is free at this moment, in a race
            // with its neighbours; told sizes are either met or a clean failure.
            args.addAll(List.of("--fit", "off"));
        }
        // Five seconds: a running stream notices a stop only at its next ping.
        args.addAll(List.of("--jinja", "--metrics", "--sse-ping-interval", "5"));
        args.addAll(options.args());
        args.addAll(source(request));
        args.addAll(List.of("--alias", alias(request.modelId())));
        args.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "--no-ui"));
        return args;
    }

    private static List<String> source(LoadRequest request) {
        EngineOptions.Origin origin = request.options().origin();
        if (origin.path() != null) {
            return List.of("-m", origin.path(), "--offline");
        }
        String source = origin.sourceOr(request.modelId());
        String repository = source.startsWith("hf:") ? source.substring(3) : source;
        boolean tagged = repository.indexOf(':') >= 0 || request.quant() == null;
        return List.of("-hf", tagged ? repository : repository + ":" + request.quant());
    }

    /// One alias exactly: the engine takes a comma for a list, and answers as the first of it.
    static String alias(String modelId) {
        return modelId.replace(',', '_');
    }

    static void option(List<String> args, String flag, @Nullable Object value) {
        if (value != null) {
            args.add(flag);
            args.add(value.toString());
        }
    }

    private static String shares(List<Double> split) {
        return split.stream()
                .map(share -> String.format(Locale.ROOT, "%s", share))
                .collect(Collectors.joining(","));
    }

    @Override
    public Readiness.Answer<Harness.Facts> ask(EngineHttp http, URI url, LoadRequest request)
            throws InterruptedException {
        return askLlama(http, url, alias(request.modelId()), allArguments(program, request));
    }

    /// The arguments that a harness and a model have for an engine.
    static List<String> allArguments(Program program, LoadRequest request) {
        List<String> all = new ArrayList<>(program.args());
        option(all, "--mmproj", request.options().mmproj());
        all.addAll(request.options().args());
        return all;
    }

    /// Whether an engine that speaks as llama-server does, started with `args`, serves under this
    /// very name.
    static Readiness.Answer<Harness.Facts> askLlama(
            EngineHttp http, URI url, String alias, List<String> args) throws InterruptedException {
        try {
            Answer health = http.get(url, "/health", ASK);
            if (health.status() != 200) {
                return new Readiness.NotYet<>("it answers " + health.status());
            }
            Answer models = http.get(url, "/v1/models", ASK);
            if (models.status() == 401) {
                return new Readiness.Never<>(OTHER_KEY);
            }
            JsonNode entry = entry(models.json(), alias);
            if (entry == null) {
                return new Readiness.NotYet<>("it does not serve under the name " + alias);
            }
            JsonNode props = http.get(url, "/props", ASK).json();
            Integer slots = integer(props, "/total_slots");
            Integer context = integer(props, "/default_generation_settings/n_ctx");
            if (context == null) {
                context = integer(entry, "/meta/n_ctx");
            }
            return new Readiness.Ready<>(
                    new Harness.Facts(alias, slots, context, LlamaTraits.of(props, entry, args)));
        } catch (IOException e) {
            return new Readiness.NotYet<>("it does not answer");
        }
    }

    @Override
    public String keyVariable(LoadRequest request) {
        return KEY_VARIABLE;
    }

    @Override
    public @Nullable Integer requests(EngineHttp http, URI url, LoadRequest request)
            throws IOException, InterruptedException {
        return requestsOfLlama(http, url);
    }

    /// The batches it has worked at (`/metrics` of llama-server b10573). It answers between two, so
    /// that one that hangs in a batch does not answer.
    @Override
    public @Nullable Long work(EngineHttp http, URI url, LoadRequest request)
            throws IOException, InterruptedException {
        Answer metrics = http.get(url, "/metrics", COUNT);
        Integer processing = gauge(metrics.text(), "llamacpp:requests_processing ");
        Integer batches = gauge(metrics.text(), "llamacpp:n_decode_total ");
        return processing == null || processing == 0 || batches == null
                ? null
                : Long.valueOf(batches);
    }

    /// The requests of an engine that speaks as llama-server does: `/metrics` counts those that
    /// wait for a slot too; `/slots` is there when a profile's arguments turn that off. Either is
    /// answered between two batches, so that a long prompt may keep it waiting.
    static @Nullable Integer requestsOfLlama(EngineHttp http, URI url)
            throws IOException, InterruptedException {
        Answer metrics = http.get(url, "/metrics", COUNT);
        if (metrics.status() == 200) {
            Integer processing = gauge(metrics.text(), "llamacpp:requests_processing ");
            Integer deferred = gauge(metrics.text(), "llamacpp:requests_deferred ");
            if (processing != null) {
                return processing + (deferred == null ? 0 : deferred);
            }
        }
        JsonNode slots = http.get(url, "/slots", COUNT).json();
        if (slots == null || !slots.isArray()) {
            return null;
        }
        int busy = 0;
        for (JsonNode slot : slots) {
            busy += slot.path("is_processing").asBoolean(false) ? 1 : 0;
        }
        return busy;
    }

    private static @Nullable Integer gauge(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> number(line.substring(name.length()).strip()))
                .orElse(null);
    }

    private static @Nullable Integer number(String text) {
        try {
            return (int) Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable JsonNode entry(@Nullable JsonNode models, String id) {
        JsonNode data = models == null ? null : models.get("data");
        if (data != null && data.isArray()) {
            for (JsonNode entry : data) {
                if (id.equals(entry.path("id").asString(""))) {
                    return entry;
                }
            }
        }
        return null;
    }

    private static @Nullable Integer integer(@Nullable JsonNode node, String pointer) {
        JsonNode value = node == null ? null : node.at(pointer);
        return value != null && value.isInt() && value.intValue() > 0 ? value.intValue() : null;
    }
}
