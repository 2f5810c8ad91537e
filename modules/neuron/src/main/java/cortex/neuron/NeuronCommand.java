package cortex.neuron;

import cortex.core.config.problem.ConfigException;
import cortex.core.config.problem.FileTrouble;
import cortex.core.log.LogSetup;
import cortex.core.log.SafeText;
import cortex.core.stop.StopDeadline;
import cortex.core.time.SystemTime;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfigReader;
import cortex.neuron.process.OnStop;
import cortex.neuron.process.RunningNeuron;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.http.BindException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The `neuron` command: `serve`, `stop`, `check` and `keys`.
final class NeuronCommand {
    private static final System.Logger LOG = System.getLogger(NeuronCommand.class.getName());
    private static final String CONFIG = "/etc/cortex/neuron.toml";

    private final PrintWriter out;
    private final PrintWriter err;
    private final Map<String, String> environment;

    NeuronCommand(PrintWriter out, PrintWriter err, Map<String, String> environment) {
        this.out = SafeText.printer(out);
        this.err = SafeText.printer(err);
        this.environment = environment;
    }

    /// Runs one command line and gives its exit code.
    int run(String... args) {
        CommandLine line = new CommandLine(program());
        line.setOut(out).setErr(err);
        line.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
        line.setExecutionStrategy(this::execute);
        line.setParameterExceptionHandler((e, _) -> UsageError.explain(e, err));
        return line.execute(args);
    }

    private int execute(ParseResult all) {
        Integer help = CommandLine.executeHelpRequest(all);
        if (help != null) {
            return help;
        }
        if (!all.hasSubcommand()) {
            all.commandSpec().commandLine().usage(err);
            return CommandLine.ExitCode.USAGE;
        }
        ParseResult arguments = all.subcommand();
        if (arguments.commandSpec().name().equals("keys")) {
            return keys(arguments);
        }
        Path file = arguments.matchedOptionValue("--config", Path.of(CONFIG));
        try {
            return switch (arguments.commandSpec().name()) {
                case "check" -> check(file);
                case "stop" -> stop(file, arguments);
                default -> serve(file);
            };
        } catch (ConfigException | BindException | UncheckedIOException e) {
            return fail(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            return fail("interrupted.");
        } finally {
            out.flush();
        }
    }

    /// Prints a fresh key. It is nowhere but on the terminal then.
    private int keys(ParseResult arguments) {
        if (!arguments.hasSubcommand()) {
            arguments.commandSpec().commandLine().usage(err);
            return CommandLine.ExitCode.USAGE;
        }
        String key = FleetKey.mint();
        out.print(
                """
                # neuron.toml, in [neuron]:
                keys = ["%s"]

                # cortex.toml, in the [[neurons]] entry of this neuron:
                key = "%s"
                """
                        .formatted(key, key));
        out.flush();
        err.println(
                "First key: paste both lines, then restart the neuron and the gateway. To rotate a"
                    + " key without downtime: 1. Add the new key to keys, restart the neuron. 2."
                    + " Set key, restart the gateway. 3. Remove the old key from keys, restart the"
                    + " neuron.");
        return 0;
    }

    private int check(Path file) {
        NeuronConfigReader.Loaded loaded = NeuronConfigReader.load(file, environment);
        out.print(loaded.effective());
        out.flush();
        List<String> warnings = new ArrayList<>(loaded.warnings());
        Neuron.warnings(loaded.config()).forEach(warning -> warnings.add(loaded.line(warning)));
        warnings.forEach(warning -> err.println("warning: " + warning));
        err.println(
                warnings.isEmpty()
                        ? "The configuration is fine."
                        : "The configuration is fine, but for the warnings.");
        return 0;
    }

    /// Comes back only when the neuron could not be started, or does not listen any more; TERM and
    /// INT end the process.
    private int serve(Path file) throws InterruptedException {
        NeuronConfigReader.Loaded loaded = NeuronConfigReader.load(file, environment);
        NeuronConfig config = loaded.config();
        LogSetup.install(config.logFormat());
        SystemTime time = new SystemTime();
        RunningNeuron.in(config.stateDir()).awaitStopped(time);
        String taken = BindException.problem(config.api().listensOn());
        if (taken != null) {
            String hint = "Change listen in [neuron], or set NEURON_NEURON__LISTEN.";
            return fail(
                    "cannot listen on %s: %s. %s".formatted(config.api().listensOn(), taken, hint));
        }
        loaded.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        StopDeadline deadline = StopDeadline.of(longestStop(config), time);
        Neuron neuron;
        try {
            neuron = Neuron.start(config, time);
        } catch (UncheckedIOException e) {
            return fail(
                    "cannot use the state directory %s: %s. Set state_dir in [neuron]."
                            .formatted(config.stateDir(), FileTrouble.words(e)));
        }
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("stop").unstarted(() -> stop(neuron, deadline)));
        String scheme = config.api().access().tls() == null ? "http" : "https";
        LOG.log(System.Logger.Level.INFO, "neuron ready: " + scheme + "://" + neuron.api());
        return fail(neuron.awaitBroken());
    }

    /// Running requests may end, then the engines, and their memory comes back.
    private static Duration longestStop(NeuronConfig config) {
        Duration engines = Duration.ZERO;
        for (NeuronConfig.HarnessConfig harness : config.engines().harnesses()) {
            Duration grace = harness.patience().stopGrace();
            engines = grace.compareTo(engines) > 0 ? grace : engines;
        }
        return config.engines()
                .drain()
                .plus(engines)
                .plus(config.engines().memoryReturn())
                .plus(config.stop().announce())
                .plus(StopDeadline.BESIDE);
    }

    private static void stop(Neuron neuron, StopDeadline deadline) {
        deadline.begin();
        OnStop how = neuron.stop();
        LOG.log(
                System.Logger.Level.INFO,
                how == OnStop.KEEP ? "stopped; its engines go on" : "stopped");
    }

    private int stop(Path file, ParseResult arguments) throws InterruptedException {
        boolean keep = arguments.hasMatchedOption("--keep");
        boolean unload = arguments.hasMatchedOption("--unload");
        if (keep && unload) {
            err.println("--keep and --unload exclude each other.");
            err.flush();
            return CommandLine.ExitCode.USAGE;
        }
        NeuronConfig config = NeuronConfigReader.load(file, environment).config();
        OnStop what = keep ? OnStop.KEEP : unload ? OnStop.UNLOAD : null;
        try {
            Duration longest = longestStop(config).plus(StopDeadline.BESIDE);
            StopCommand.Result result =
                    new StopCommand(config, longest, new SystemTime()).run(what);
            if (!result.done()) {
                return fail(result.text());
            }
            out.println("neuron: " + result.text());
            return 0;
        } catch (IOException e) {
            return fail(
                    "cannot use the state directory "
                            + config.stateDir()
                            + ": "
                            + FileTrouble.words(e)
                            + ".");
        }
    }

    private int fail(String message) {
        err.println("neuron: " + message);
        err.flush();
        return 1;
    }

    private static CommandSpec program() {
        CommandSpec program = command("neuron", "Run the engines of one GPU machine.");
        program.version("neuron " + version());
        program.addOption(
                OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version.")
                        .build());
        program.addSubcommand("serve", command("serve", "Run the neuron.").addOption(config()));
        program.addSubcommand(
                "stop",
                command("stop", "Stop the neuron that runs here, and wait for its end.")
                        .addOption(config())
                        .addOption(
                                flag(
                                        "--keep",
                                        "Its engines go on; the next start takes them over."))
                        .addOption(
                                flag(
                                        "--unload",
                                        "Its engines end with it; without a neuron, those that"
                                                + " were kept.")));
        program.addSubcommand(
                "check",
                command("check", "Check the configuration and print the values in use.")
                        .addOption(config()));
        CommandSpec keys =
                command("keys", "Create the keys that gateways need to use this neuron.");
        keys.addSubcommand(
                "new", command("new", "Print a new key, ready to paste into both files."));
        program.addSubcommand("keys", keys);
        program.addSubcommand("help", new CommandLine(new CommandLine.HelpCommand()));
        return program;
    }

    private static CommandSpec command(String name, String does) {
        CommandSpec command = CommandSpec.create().name(name);
        command.usageMessage().description(does);
        return command.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Print this help.")
                        .build());
    }

    private static OptionSpec flag(String name, String does) {
        return OptionSpec.builder(name).description(does).build();
    }

    private static OptionSpec config() {
        return OptionSpec.builder("-c", "--config")
                .paramLabel("FILE")
                .type(Path.class)
                .description("The configuration file. Default: " + CONFIG)
                .build();
    }

    /// The version the module was built as.
    private static String version() {
        return Optional.ofNullable(NeuronCommand.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse("(unknown version)");
    }
}
