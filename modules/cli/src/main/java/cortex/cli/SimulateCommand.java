package cortex.cli;

import cortex.cli.terminal.CommandException;
import cortex.cli.terminal.Terminal;
import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.simulation.Simulation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `cortex simulate`: runs the fleet's own code against simulated nodes, clients, operators and
/// faults, one run for each seed, and tells whether anything happened that must never happen.
final class SimulateCommand {
    private static final int SEEDS = 100;
    private static final int EVENTS = 2_000;
    private static final int LINES = 400;

    private final Time time = new SystemTime();
    private final Terminal terminal;

    SimulateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Its options.
    static CommandSpec withOptions(CommandSpec command) {
        return command.addOption(number("--seeds", "N", "How many seeds to run.", SEEDS))
                .addOption(number("--from", "S", "The first seed.", 1))
                .addOption(
                        number(
                                "--events",
                                "E",
                                "The fewest events of the fleet in each run.",
                                EVENTS))
                .addOption(
                        OptionSpec.builder("--seed")
                                .paramLabel("K")
                                .type(Long.class)
                                .description("Run this one seed and print what happens in it.")
                                .build())
                .addOption(
                        number(
                                "--lines",
                                "L",
                                "Number of log lines to print with --seed, from the end.",
                                LINES));
    }

    private static OptionSpec number(String name, String label, String does, long standard) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(Long.class)
                .description(does + " Default: " + standard)
                .build();
    }

    /// 0 when every invariant held, 1 when not.
    int run(ParseResult arguments) {
        int events = (int) value(arguments, "--events", EVENTS);
        if (arguments.hasMatchedOption("--seed")) {
            if (arguments.hasMatchedOption("--json")) {
                throw CommandException.calledWrongly(
                        "--json is for --seeds, --trace and --generate; --seed alone prints a"
                                + " log.");
            }
            int lines = (int) value(arguments, "--lines", LINES);
            return replay(value(arguments, "--seed", 0), events, lines);
        }
        return many(arguments, events);
    }

    private static long value(ParseResult arguments, String option, long standard) {
        long value = arguments.matchedOptionValue(option, standard);
        int least = option.equals("--seeds") || option.equals("--events") ? 1 : 0;
        if (value < least || value > Integer.MAX_VALUE) {
            throw CommandException.calledWrongly(
                    option + " takes a number from " + least + " to 2147483647.");
        }
        return value;
    }

    private int replay(long seed, int events, int lines) {
        Simulation.Result result = Simulation.run(seed, events, lines);
        result.log().forEach(terminal.out()::println);
        terminal.out().println("seed " + seed + ": " + result.text());
        String violation = result.violation();
        if (violation != null) {
            return terminal.fail("seed " + seed + ": " + violation);
        }
        terminal.out().println("Every invariant held.");
        return 0;
    }

    private int many(ParseResult arguments, int events) {
        long from = value(arguments, "--from", 1);
        long seeds = value(arguments, "--seeds", SEEDS);
        long began = time.nanos();
        long happened = 0;
        long granted = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            Simulation.Result result = Simulation.run(seed, events, 0);
            happened += result.events();
            granted += result.granted();
            String violation = result.violation();
            if (violation != null) {
                List<String> options = List.of("--seed " + seed, "--events " + events);
                return terminal.fail(
                        "seed %d: %s%nSee it with: cortex simulate %s"
                                .formatted(seed, violation, String.join(" ", options)));
            }
        }
        long seconds = Duration.ofNanos(time.nanos() - began).toSeconds();
        if (arguments.hasMatchedOption("--json")) {
            Map<String, Long> figures = new LinkedHashMap<>();
            figures.put("seeds", seeds);
            figures.put("events", happened);
            figures.put("granted", granted);
            figures.put("secs", seconds);
            terminal.out().println(Json.MAPPER.writeValueAsString(figures));
            return 0;
        }
        terminal.out()
                .printf(
                        "%d seeds, %d events, %d requests granted, %d s: every invariant held.%n",
                        seeds, happened, granted, seconds);
        return 0;
    }
}
