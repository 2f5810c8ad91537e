package cortex.demo.flags;

import cortex.demo.script.Durations;
import cortex.demo.script.Scripts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the command line: the imitated engine's flags, most of them accepted without effect, and
/// the demo engine's own. A flag it does not know is refused as the imitated engine refuses it.
public final class FlagsReader {
    private static final Set<String> OWN_VALUES =
            words(
"""
--api --load-time --speed --prefill --reply --vram-mb --vram-dir --leak-vram
--models --ping --leak-on-unload
""");
    private static final Set<String> OWN_SWITCHES =
            words(
"""
--load-fails --reload-fails --ignore-term --hang-on-term
""");
    private static final Set<String> LLAMA_VALUES =
            words(
"""
--host --port -m --model -a --alias -c --ctx-size -np --parallel -ngl
--gpu-layers --n-gpu-layers --mmproj --sse-ping-interval --api-key
--api-key-file -hf -hfr --hf-repo -hff --hf-file --hf-token --lora -b
--batch-size -ub --ubatch-size -ctk --cache-type-k -ctv --cache-type-v -cram
--cache-ram -sm --split-mode -ts --tensor-split -mg --main-gpu -dev --device
-ncmoe --n-cpu-moe -ot --override-tensor -fa --flash-attn --fit --fit-target
--fit-ctx -lm --load-mode --numa --chat-template --chat-template-file
--chat-template-kwargs --reasoning-format --reasoning --reasoning-budget
--pooling --api-prefix -to --timeout --threads-http --cors-origins
--sleep-idle-seconds -lv --verbosity --log-file -t --threads -tb
--threads-batch -n --predict --n-predict -s --seed --temp --top-k --top-p
--min-p --repeat-penalty --rope-freq-base --rope-freq-scale --rope-scaling
-md --model-draft --draft-max --draft-min
""");
    private static final Set<String> LLAMA_SWITCHES =
            words(
"""
--metrics --no-warmup --warmup --no-ui --ui --no-webui --webui --offline
--embeddings --embedding --rerank --reranking --no-mmproj -kvu --kv-unified
--context-shift --no-context-shift --jinja --no-jinja --no-slots --slots
--props --mlock --no-mmap --mmap --cont-batching -cb --no-kv-offload -nkvo
--swa-full -v --verbose --log-disable --log-timestamps --log-prefix
--ignore-eos --check-tensors
""");
    private static final Set<String> MISTRALRS_VALUES =
            words(
"""
-m --model-id -f --quantized-file --format --tok-model-id --quant --isq
--from-uqff -p --port --host --max-seqs -n --device-layers --max-seq-len
--paged-attn --pa-context-len --pa-memory-mb --pa-memory-fraction
--pa-cache-type --chat-template -j --jinja-explicit --prefix-cache-n
--token-source --log --seed -c --ctx-size --mmproj --alias --dtype --arch
""");
    private static final Set<String> MISTRALRS_SWITCHES =
            words(
"""
--no-ui --cpu --disable-metrics --no-kv-cache --truncate-sequence
""");
    private static final Set<String> MISTRALRS_WORDS =
            words(
"""
serve auto text multimodal embedding diffusion speech
""");

    /// What is told of the model unless a file of another template is given.
    private static final String TEMPLATE =
            "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' + m.content +"
                    + " '<|im_end|>\\n' -}}{%- endfor -%}{{- '<|im_start|>assistant\\n' -}}";

    private static Set<String> words(String text) {
        return Set.of(text.strip().split("\\s+", -1));
    }

    private final Map<String, String> given = new HashMap<>();
    private final Flags.Api api;

    private FlagsReader(Flags.Api api) {
        this.api = api;
    }

    /// Reads `args`, the environment variables the imitated engine honours, `DEMO_VRAM_DIR`, which
    /// stands for `--vram-dir`, and `DEMO_BOOK_DIR`.
    ///
    /// @throws UsageException when a flag is unknown or a value is not what it has to be
    public static Flags read(String[] args, Map<String, String> environment) throws UsageException {
        FlagsReader reader = new FlagsReader(api(args));
        reader.collect(new ArrayDeque<>(Arrays.asList(args)));
        return reader.flags(environment);
    }

    private static Flags.Api api(String[] args) throws UsageException {
        int at = Arrays.asList(args).indexOf("--api");
        String name = at < 0 || at + 1 == args.length ? "llama" : args[at + 1];
        return switch (name) {
            case "llama" -> Flags.Api.LLAMA;
            case "mistralrs" -> Flags.Api.MISTRALRS;
            default -> throw new UsageException(1, "error: --api is llama or mistralrs");
        };
    }

    private void collect(Deque<String> args) throws UsageException {
        boolean llama = api == Flags.Api.LLAMA;
        Set<String> values = llama ? LLAMA_VALUES : MISTRALRS_VALUES;
        Set<String> switches = llama ? LLAMA_SWITCHES : MISTRALRS_SWITCHES;
        while (!args.isEmpty()) {
            String flag = args.removeFirst();
            int sign = flag.startsWith("--") ? flag.indexOf('=') : -1;
            if (sign > 0 && !llama) {
                args.addFirst(flag.substring(sign + 1));
                flag = flag.substring(0, sign);
            }
            if (OWN_VALUES.contains(flag) || values.contains(flag)) {
                if (args.isEmpty()) {
                    throw new UsageException(1, "error: expected value for argument: " + flag);
                }
                given.put(flag, args.removeFirst());
            } else if (OWN_SWITCHES.contains(flag) || switches.contains(flag)) {
                given.put(flag, "");
            } else if (llama || !MISTRALRS_WORDS.contains(flag)) {
                throw unknown(flag);
            }
        }
    }

    private UsageException unknown(String flag) {
        return api == Flags.Api.LLAMA
                ? new UsageException(1, "error: invalid argument: " + flag)
                : new UsageException(2, "error: unexpected argument '" + flag + "' found");
    }

    private Flags flags(Map<String, String> environment) throws UsageException {
        boolean llama = api == Flags.Api.LLAMA;
        boolean counted = first("-np", "--parallel") != null;
        String vramDir = given.getOrDefault("--vram-dir", environment.get("DEMO_VRAM_DIR"));
        String bookDir = environment.get("DEMO_BOOK_DIR");
        String ping = first("--ping", "--sse-ping-interval");
        return new Flags(
                api,
                text("--host", llama ? "127.0.0.1" : "0.0.0.0"),
                number(llama ? 8080 : 1234, "--port", "-p"),
                models(),
                text("-m", text("--model", "demo.gguf")),
                number(llama ? 8192 : 32768, "-c", "--ctx-size", "--max-seq-len"),
                llama ? number(4, "-np", "--parallel") : number(32, "--max-seqs"),
                !llama || !counted,
                layers(),
                llama ? given.containsKey("--metrics") : !given.containsKey("--disable-metrics"),
                given.containsKey("--embeddings") || given.containsKey("--embedding"),
                given.containsKey("--rerank") || given.containsKey("--reranking"),
                given.containsKey("--mmproj"),
                template(),
                llama ? given.getOrDefault("--api-key", environment.get("LLAMA_API_KEY")) : null,
                ping == null ? ping(environment) : duration("--sse-ping-interval", ping),
                duration("--load-time", text("--load-time", "0s")),
                given.containsKey("--load-fails"),
                decimal("--speed", "50"),
                decimal("--prefill", "0"),
                text("--reply", Scripts.SENTENCE),
                number(0, "--vram-mb"),
                vramDir == null ? null : Path.of(vramDir),
                bookDir == null ? null : Path.of(bookDir),
                duration("--leak-vram", text("--leak-vram", "0s")),
                duration("--leak-on-unload", text("--leak-on-unload", "0s")),
                given.containsKey("--reload-fails"),
                given.containsKey("--ignore-term"),
                given.containsKey("--hang-on-term"));
    }

    /// llama-server pings every 30 s, axum every 10 s or as its variable says, in milliseconds.
    private Duration ping(Map<String, String> environment) throws UsageException {
        if (api == Flags.Api.LLAMA) {
            return Duration.ofSeconds(30);
        }
        return duration(
                "KEEP_ALIVE_INTERVAL",
                environment.getOrDefault("KEEP_ALIVE_INTERVAL", "10000") + "ms");
    }

    private String template() throws UsageException {
        String file = given.get("--chat-template-file");
        if (file == null) {
            return TEMPLATE;
        }
        try {
            return Files.readString(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            throw invalid("--chat-template-file", file);
        }
    }

    /// `--alias b,a`: names are sorted and the first is the one, as llama-server does it.
    private List<String> models() {
        String several = given.get("--models");
        if (several != null) {
            return List.of(several.split(",", -1));
        }
        String alias = first("-a", "--alias");
        if (alias == null) {
            return List.of(text("-m", text("--model", text("--model-id", "demo.gguf"))));
        }
        return Arrays.stream(alias.split(",", -1)).map(String::strip).sorted().toList();
    }

    private int layers() throws UsageException {
        String layers = first("-ngl", "--gpu-layers", "--n-gpu-layers");
        boolean hidden = layers == null && "none".equals(first("-dev", "--device"));
        if (given.containsKey("--cpu") || hidden) {
            return 0;
        }
        return layers == null || layers.equals("auto") || layers.equals("all")
                ? 99
                : number(99, "-ngl", "--gpu-layers", "--n-gpu-layers");
    }

    private @Nullable String first(String... names) {
        for (String name : names) {
            if (given.containsKey(name)) {
                return given.get(name);
            }
        }
        return null;
    }

    private int number(int fallback, String... names) throws UsageException {
        String value = first(names);
        try {
            return value == null ? fallback : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw invalid(names[0], value);
        }
    }

    private double decimal(String name, String fallback) throws UsageException {
        String value = given.getOrDefault(name, fallback);
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw invalid(name, value);
        }
    }

    private static Duration duration(String name, String value) throws UsageException {
        try {
            return value.startsWith("-") || value.equals("forever")
                    ? Duration.ofSeconds(-1)
                    : Durations.parse(value);
        } catch (IllegalArgumentException e) {
            throw invalid(name, value);
        }
    }

    private static UsageException invalid(String name, @Nullable String value) {
        return new UsageException(
                1, "error while handling argument \"" + name + "\": invalid value " + value);
    }

    private String text(String name, String fallback) {
        String value = given.get(name);
        return value != null ? value : fallback;
    }
}
