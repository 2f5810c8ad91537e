package cortex.neuron.harness.cause;

import static cortex.neuron.harness.cause.CauseRules.rule;

import cortex.core.node.FailureCause.Kind;
import java.util.List;
import java.util.regex.Pattern;

/// What the lines of llama.cpp's `llama-server` mean. Seen of b11549 but for what needs a GPU and
/// for values of flags, which are the formats of common/arg.cpp, ggml-cuda.cu and
/// llama-model-loader.cpp of the same.
public final class LlamaCppCauses {
    /// The time since the start, and a letter for how bad it is.
    private static final Pattern TIME = Pattern.compile("^\\d+\\.\\d\\d\\.\\d{3}\\.\\d{3} [A-Z] ");

    /// What it says of a failure without saying why, and what it prints whatever happens.
    private static final Pattern BANNER =
            Pattern.compile(
                    "\\W*"
                            + "|.*\\b(?:exiting due to|cleaning up before exit|loading model\\b).*"
                            + "|.*\\bfailed to load model\\b.*"
                            + "|usage:.*|to show complete usage, run with -h"
                            + "|(?:main|srv|build|system_info|system info|llama_model_loader"
                            + "|print_info|load|load_tensors)\\b\\W.*");

    /// The rules.
    public static final CauseRules RULES =
            new CauseRules(
                    List.of(
                            rule(Kind.DRIVER, "error while loading shared libraries"),
                            rule(
                                    Kind.ARGUMENT,
                                    "error: (?:invalid argument|expected value for argument|unknown"
                                        + " argument|invalid value)|error while handling"
                                        + " (?:argument|environment variable)|error: --?[a-z-]+ is"
                                        + " required|invalid device: |ambiguous argument"),
                            rule(
                                    Kind.FILE_MISSING,
                                    "failed to open GGUF file|error: failed to open file"
                                            + "|(?:failed to|cannot) open .*\\.gguf"),
                            rule(
                                    Kind.FILE_MISSING,
                                    "failed to load GGUF split|invalid split file name"
                                            + "|missing split file"),
                            rule(Kind.ARCHITECTURE, "unknown model architecture"),
                            rule(Kind.ARCHITECTURE, "unknown pre-tokenizer type|unknown projector"),
                            rule(Kind.QUANTISATION, "has invalid ggml type|unsupported .*quant"),
                            rule(
                                    Kind.FILE_DAMAGED,
                                    "invalid magic|failed to read magic|is not within the file"
                                        + " bounds|corrupted or incomplete|failed to read"
                                        + " (?:header|key-value|tensor|the)|unexpectedly reached"
                                        + " end of file|failed to seek|is too large for file"),
                            rule(Kind.PORT_TAKEN, "couldn't bind (?:HTTP )?server socket"),
                            rule(
                                    Kind.DRIVER,
                                    "failed to initialize (?:CUDA|ROCm|HIP|Vulkan)"
                                            + "|driver version is insufficient"
                                            + "|no kernel image is available"
                                            + "|compiled with an unsupported toolchain"
                                            + "|unsupported display driver"),
                            rule(
                                    Kind.OUT_OF_MEMORY,
                                    "(?:cuda|hip)Malloc\\w* failed: out of memory"),
                            rule(
                                    Kind.OUT_OF_MEMORY,
                                    "out of memory|failed to allocate|unable to allocate"
                                            + "|insufficient memory|std::bad_alloc"
                                            + "|ErrorOutOf(?:Device|Host)Memory"),
                            rule(Kind.FILE_DAMAGED, "key not found in model|missing tensor '"),
                            rule(Kind.OTHER, "error loading model: (?!.*failed to load model)"),
                            rule(Kind.OTHER, "GGML_ASSERT|^CUDA error|^ROCm error|CUDA error: ")),
                    BANNER,
                    TIME);

    private LlamaCppCauses() {}
}
