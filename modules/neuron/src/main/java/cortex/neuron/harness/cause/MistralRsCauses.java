package cortex.neuron.harness.cause;

import static cortex.neuron.harness.cause.CauseRules.rule;

import cortex.core.node.FailureCause.Kind;
import java.util.List;
import java.util.regex.Pattern;

/// What the lines of mistral.rs mean, and what it answers to a reload. Flags, missing files and
/// reloads were seen of 0.9.2; CUDA's are the words of cudarc 0.17, GGUF's those of candle-core and
/// mistralrs-core of 0.9.
public final class MistralRsCauses {
    private static final Pattern BANNER =
            Pattern.compile(
                    "\\W*|Usage: .*|For more information.*|stack backtrace:.*|\\d+: .*|at .*"
                            + "|note: run with.*|.*\\b(?:INFO|DEBUG|TRACE)\\b.*"
                            + "|Loading .*|Caused by:");

    /// The rules.
    public static final CauseRules RULES =
            new CauseRules(
                    List.of(
                            rule(Kind.DRIVER, "error while loading shared libraries"),
                            rule(
                                    Kind.ARGUMENT,
                                    "^error: (?:unexpected argument|invalid value|the argument|the"
                                        + " following required|unrecognized subcommand|a value is"
                                        + " required)"),
                            rule(Kind.ARCHITECTURE, "Unknown GGUF architecture"),
                            rule(
                                    Kind.ARCHITECTURE,
                                    "Unsupported Hugg?ing Face Transformers|unsupported"
                                            + " architecture|could not determine model type"
                                            + "(?!.*missing `config\\.json`)"),
                            rule(
                                    Kind.QUANTISATION,
                                    "unknown dtype for tensor|unsupported quant|ISQ type .* unknown"
                                            + "|[Uu]nknown (?:ISQ|quantization)"),
                            rule(
                                    Kind.FILE_MISSING,
                                    "No such file or directory|missing `config\\.json`"
                                            + "|[Ff]ile .*(?:not found|does not exist)"
                                            + "|Could not (?:find|get) .*file"),
                            rule(
                                    Kind.FILE_DAMAGED,
                                    "unknown magic|failed to fill whole buffer|unexpected end of"
                                            + " file|invalid gguf"),
                            rule(
                                    Kind.FILE_DAMAGED,
                                    "Header(?:TooSmall|TooLarge)|InvalidHeader|MetadataIncomplete"),
                            rule(Kind.PORT_TAKEN, "Address already in use"),
                            rule(
                                    Kind.DRIVER,
                                    "CUDA_ERROR_(?:UNSUPPORTED_PTX_VERSION|INVALID_PTX|NO_DEVICE"
                                            + "|NO_BINARY_FOR_GPU|SYSTEM_DRIVER_MISMATCH"
                                            + "|COMPAT_NOT_SUPPORTED_ON_DEVICE|INSUFFICIENT_DRIVER"
                                            + "|STUB_LIBRARY)"
                                            + "|Unable to dynamically load the \"cuda\""),
                            rule(
                                    Kind.OUT_OF_MEMORY,
                                    "CUDA_ERROR_OUT_OF_MEMORY|out of memory|memory allocation of"
                                            + " \\d+ bytes failed"),
                            rule(Kind.OTHER, "^Error: "),
                            rule(Kind.OTHER, "panicked at|^ERROR ")),
                    BANNER,
                    Pattern.compile("^"));

    private MistralRsCauses() {}
}
