package cortex.cli;

import cortex.cli.terminal.CommandException;
import cortex.cli.terminal.Table;
import cortex.cli.terminal.Terminal;
import cortex.core.config.problem.ConfigException;
import cortex.core.config.problem.FileTrouble;
import cortex.core.node.Json;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.simulation.replay.Outcome;
import cortex.simulation.replay.Replays;
import cortex.simulation.replay.Scene;
import cortex.simulation.replay.TraceException;
import cortex.simulation.replay.Workload;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `cortex simulate --trace` and `--generate`: what each eviction strategy would have made of a
/// trace of requests, beside a rule that knows the future.
final class ReplayCommand {
    private final Terminal terminal;

    ReplayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Whether a command line of `cortex simulate` is about a trace.
    static boolean wanted(ParseResult arguments) {
        return arguments.hasMatchedOption("--trace") || arguments.hasMatchedOption("--generate");
    }

    /// Its options.
    static CommandSpec withOptions(CommandSpec command) {
        return command.addOption(
                        file("--trace", "Replay these requests (JSON Lines) in virtual time."))
                .addOption(
                        text(
                                "--generate",
                                "KIND",
                                "Generate requests of this kind with --seed and replay them: "
                                        + names(Workload.values())
                                        + "."))
                .addOption(file("--write", "Write the requests there, and replay nothing."))
                .addOption(file("--fleet", "The nodes, as TOML. Default: a small example."))
                .addOption(file("--models", "The catalogue. Default: a small example."))
                .addOption(
                        text(
                                "--strategy",
                                "NAME",
                                "Run one strategy only: " + names(Strategy.values()) + "."))
                .addOption(
                        OptionSpec.builder("--json").description("Print figures as JSON.").build());
    }

    private static OptionSpec file(String name, String does) {
        return OptionSpec.builder(name)
                .paramLabel("FILE")
                .type(Path.class)
                .description(does)
                .build();
    }

    private static OptionSpec text(String name, String label, String does) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .description(does)
                .build();
    }

    int run(ParseResult arguments) {
        try {
            Scene scene = Replays.scene(source(arguments));
            Path to = arguments.matchedOptionValue("--write", (Path) null);
            if (to != null) {
                Files.write(to, scene.trace().lines());
                return 0;
            }
            String wanted = arguments.matchedOptionValue("--strategy", (String) null);
            List<Strategy> strategies =
                    wanted == null
                            ? List.of(Strategy.values())
                            : List.of(named(Strategy.values(), "strategy", wanted));
            print(Replays.run(scene, strategies), arguments.hasMatchedOption("--json"));
            return 0;
        } catch (IOException | TraceException | ConfigException e) {
            throw new CommandException(
                    e instanceof IOException io ? sentence(io) : String.valueOf(e.getMessage()));
        }
    }

    private static String sentence(IOException trouble) {
        String file = trouble instanceof FileSystemException named ? named.getFile() + ": " : "";
        return file + FileTrouble.words(trouble) + ".";
    }

    private static Replays.Source source(ParseResult arguments) {
        String kind = arguments.matchedOptionValue("--generate", (String) null);
        Path trace = arguments.matchedOptionValue("--trace", (Path) null);
        if (kind != null && trace != null) {
            throw CommandException.calledWrongly("give --trace or --generate, not both.");
        }
        return new Replays.Source(
                trace,
                kind == null ? null : named(Workload.values(), "workload", kind),
                arguments.matchedOptionValue("--seed", 1L),
                arguments.matchedOptionValue("--fleet", (Path) null),
                arguments.matchedOptionValue("--models", (Path) null));
    }

    private static String names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private static <E extends Enum<E>> E named(E[] values, String what, String name) {
        for (E value : values) {
            if (value.name().toLowerCase(Locale.ROOT).equals(name)) {
                return value;
            }
        }
        throw CommandException.calledWrongly(
                "there is no " + what + " '" + name + "'; there are " + names(values) + ".");
    }

    private void print(List<Outcome> outcomes, boolean json) {
        if (json) {
            String text =
                    Json.MAPPER
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(Map.of("outcomes", outcomes));
            terminal.out().println(text);
            return;
        }
        double best = outcomes.getLast().loads().coldStartSecs();
        Table table =
                new Table(
                        "STRATEGY",
                        "REQUESTS",
                        "LOADS",
                        "COLD STARTS",
                        "COLD SECS",
                        "x BEST",
                        "WAIT P50",
                        "WAIT P95",
                        "EVICTIONS",
                        "REFUSED",
                        "MEMORY HELD",
                        "IN USE");
        for (Outcome outcome : outcomes) {
            table.row(
                    outcome.strategy(),
                    Integer.toString(outcome.requests()),
                    Integer.toString(outcome.loads().loads()),
                    Integer.toString(outcome.loads().coldStarts()),
                    decimal("%.0f", outcome.loads().coldStartSecs()),
                    best == 0 ? "-" : decimal("%.2f", outcome.loads().coldStartSecs() / best),
                    decimal("%.1f s", outcome.waits().p50()),
                    decimal("%.1f s", outcome.waits().p95()),
                    Integer.toString(outcome.evictions()),
                    Integer.toString(outcome.refused()),
                    decimal("%.0f %%", outcome.memory().heldPct()),
                    decimal("%.0f %%", outcome.memory().busyPct()));
        }
        terminal.out().print(table);
    }

    private static String decimal(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
