package cortex.demo.flags;

import cortex.core.config.DurationText;
import cortex.core.config.HostPort;
import cortex.demo.script.Directive;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/// Reads the command line. It knows few of the flags that llama-server and mistral.rs have; any
/// other is taken together with the words after it, up to the next flag, and does nothing.
public final class FlagsReader {
    private final ParseResult given;

    private FlagsReader(ParseResult given) {
        this.given = given;
    }

    /// Takes the command line apart.
    ///
    /// @throws ParameterException when a value is not what it has to be
    public static FlagsReader of(String... args) {
        CommandSpec spec = CommandSpec.create().name("demo-engine");
        for (Switch one : Switch.values()) {
            spec.addOption(one.option());
        }
        CommandLine line =
                new CommandLine(spec)
                        .setUnmatchedArgumentsAllowed(true)
                        .setOverwrittenOptionsAllowed(true)
                        .setPosixClusteredShortOptionsAllowed(false)
                        .setExpandAtFiles(false)
                        .registerConverter(Duration.class, FlagsReader::duration);
        return new FlagsReader(line.parseArgs(args));
    }

    /// The flags that do nothing here, each once, without their values.
    public List<String> unknown() {
        return given.unmatched().stream()
                .filter(word -> word.startsWith("-") && !word.matches("-[0-9.]*"))
                .map(flag -> flag.split("=", 2)[0])
                .distinct()
                .toList();
    }

    /// What `--help` prints, or null when it is not asked for.
    public @Nullable String help() {
        if (!given.isUsageHelpRequested()) {
            return null;
        }
        CommandSpec spec = given.commandSpec();
        spec.usageMessage().sortOptions(false).width(120).autoWidth(false);
        spec.usageMessage()
                .customSynopsis("demo-engine [SWITCH …]")
                .description("Speaks as llama-server or mistral.rs does, without a model.")
                .footerHeading("%nDirectives in a message:%n")
                .footer(
                        Arrays.stream(Directive.values())
                                .map(one -> "  %-40s %s".formatted(one.example(), one.meaning()))
                                .map(line -> line.replace("`", "").replace("%", "%%"))
                                .toArray(String[]::new));
        return spec.commandLine().getUsageMessage(Help.Ansi.OFF);
    }

    private static Duration duration(String text) {
        Duration duration =
                text.equals("forever")
                        ? ChronoUnit.FOREVER.getDuration()
                        : DurationText.parse(text);
        if (duration == null) {
            throw new TypeConversionException("'" + text + "' is not a duration such as 300ms");
        }
        return duration;
    }

    /// The settings that the command line makes, with the variables `DEMO_VRAM_DIR`, which stands
    /// for `--vram-dir`, `DEMO_BOOK_DIR` and `LLAMA_API_KEY`.
    ///
    /// @throws ParameterException when there is no such `--api`
    public Flags flags(Map<String, String> environment) {
        Flags.Api api = api();
        boolean llama = api == Flags.Api.LLAMA;
        String vramDir = environment.get("DEMO_VRAM_DIR");
        String bookDir = environment.get("DEMO_BOOK_DIR");
        return new Flags(
                api,
                new HostPort(
                        value(Switch.HOST, llama ? "127.0.0.1" : "0.0.0.0"),
                        value(Switch.PORT, llama ? 8080 : 1234)),
                served(llama),
                new Flags.Pace(
                        value(Switch.LOAD_TIME, Duration.ZERO),
                        has(Switch.LOAD_FAILS),
                        value(Switch.SPEED, 50.0)),
                new Flags.Memory(
                        value(Switch.VRAM_MB, 0),
                        has(Switch.VRAM_DIR)
                                ? value(Switch.VRAM_DIR, Path.of(""))
                                : vramDir == null ? null : Path.of(vramDir),
                        value(Switch.LEAK_VRAM, Duration.ZERO),
                        value(Switch.LEAK_ON_UNLOAD, Duration.ZERO)),
                bookDir == null ? null : Path.of(bookDir),
                environment.get("LLAMA_API_KEY"));
    }

    private Flags.Api api() {
        String name = value(Switch.API, "llama");
        return switch (name) {
            case "llama" -> Flags.Api.LLAMA;
            case "mistralrs" -> Flags.Api.MISTRALRS;
            default ->
                    throw new ParameterException(
                            given.commandSpec().commandLine(),
                            "--api is llama or mistralrs, not " + name);
        };
    }

    /// llama-server shares its context among its slots when their number was given.
    private Flags.Served served(boolean llama) {
        int context = value(Switch.CONTEXT, llama ? 8192 : 32768);
        int parallel = value(Switch.PARALLEL, llama ? 4 : 32);
        boolean shared = llama && has(Switch.PARALLEL);
        return new Flags.Served(
                models(),
                value(Switch.MODEL, "demo.gguf"),
                parallel,
                shared ? Math.max(1, context / parallel) : context,
                new Flags.Abilities(
                        has(Switch.MMPROJ), has(Switch.EMBEDDINGS), has(Switch.RERANK)));
    }

    /// `--alias b,a`: names are sorted and the first is the one, as llama-server does it.
    private List<String> models() {
        if (has(Switch.MODELS)) {
            return List.of(value(Switch.MODELS, "").split(",", -1));
        }
        if (!has(Switch.ALIAS)) {
            return List.of(value(Switch.MODEL, "demo.gguf"));
        }
        String[] names = value(Switch.ALIAS, "").split(",", -1);
        return Arrays.stream(names).map(String::strip).sorted().toList();
    }

    private boolean has(Switch one) {
        return given.hasMatchedOption(one.word());
    }

    private <T> T value(Switch one, T fallback) {
        return given.matchedOptionValue(one.word(), fallback);
    }
}
