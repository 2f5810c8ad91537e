package cortex.cli;

import cortex.cli.terminal.CommandException;
import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Keys;
import cortex.cli.terminal.Terminal;
import cortex.cli.verify.VerifyCommand;
import cortex.core.log.SafeText;
import java.lang.module.ModuleDescriptor;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The commands and their arguments.
final class Cli {
    private static final String CONFIG = "/etc/cortex/cortex.toml";
    private static final String URL = "http://127.0.0.1:8000";

    /// What a command does with its arguments; gives the exit code.
    private interface Action {
        int run(ParseResult arguments) throws InterruptedException;
    }

    private final Terminal terminal;
    private final Map<String, Action> actions = new HashMap<>();

    Cli(Terminal terminal) {
        this.terminal = terminal;
        actions.put("serve", args -> new ServeCommand(terminal).run(config(args)));
        actions.put("check", args -> new CheckCommand(terminal).run(config(args)));
        actions.put("status", args -> new StatusCommand(terminal, operator(args)).run());
        actions.put("models", args -> new ModelsCommand(terminal, client(args)).run());
        actions.put("simulate", this::simulate);
        actions.put("chat", this::chat);
        actions.put("verify", this::verify);
        for (OperatorCommands command : OperatorCommands.values()) {
            actions.put(command.word(), args -> command.run(terminal, operator(args), args));
        }
    }

    /// Runs one command line and gives its exit code.
    int run(String... args) {
        CommandLine line = new CommandLine(program());
        line.setOut(terminal.out()).setErr(terminal.err());
        line.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
        line.setExecutionStrategy(this::execute);
        line.setParameterExceptionHandler((e, _) -> UsageError.explain(e, terminal.err()));
        return line.execute(args);
    }

    private int execute(ParseResult all) {
        Integer help = CommandLine.executeHelpRequest(all);
        if (help != null) {
            return help;
        }
        if (!all.hasSubcommand()) {
            all.commandSpec().commandLine().usage(terminal.err());
            return CommandLine.ExitCode.USAGE;
        }
        ParseResult arguments = all.subcommand();
        Action action = actions.get(arguments.commandSpec().name());
        if (action == null) {
            throw new IllegalStateException("no action for " + arguments.commandSpec().name());
        }
        try {
            return action.run(arguments);
        } catch (CommandException e) {
            terminal.fail(String.valueOf(e.getMessage()));
            return e.code();
        } catch (InterruptedException e) {
            return terminal.fail("interrupted.");
        } catch (RuntimeException e) {
            return terminal.fail("this went wrong and should not have: " + SafeText.line("" + e));
        } finally {
            terminal.out().flush();
        }
    }

    private static CommandSpec program() {
        CommandSpec program = command("cortex", "One API over a fleet of GPU machines.");
        program.version("cortex " + version());
        program.addOption(
                OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version.")
                        .build());
        add(program, command("serve", "Run the gateway.").addOption(configOption()));
        add(
                program,
                command("check", "Check the configuration and print the values in use.")
                        .addOption(configOption()));
        add(
                program,
                asking("status", "Show the nodes, devices and replicas of a running gateway."));
        add(program, asking("models", "List the models of a running gateway."));
        for (OperatorCommands operators : OperatorCommands.values()) {
            CommandSpec command = asking(operators.word(), operators.does());
            add(program, operators.withArguments(command));
        }
        add(
                program,
                ReplayCommand.withOptions(
                        SimulateCommand.withOptions(
                                command(
                                        "simulate",
                                        "Run the scheduler on simulated nodes, with faults or a"
                                                + " trace of requests. Needs no gateway."))));
        add(
                program,
                asking("chat", "Send one message to a model and print the answer as it comes.")
                        .addPositional(modelParameter())
                        .addPositional(
                                PositionalParamSpec.builder()
                                        .index("1..*")
                                        .arity("0..*")
                                        .paramLabel("TEXT")
                                        .type(List.class)
                                        .auxiliaryTypes(String.class)
                                        .description("The message; read from stdin if not given.")
                                        .build()));
        add(program, verifyCommand());
        CommandLine help = new CommandLine(new CommandLine.HelpCommand());
        help.getCommandSpec().usageMessage().header("Print the help of a command.");
        program.addSubcommand("help", help);
        return program;
    }

    private static CommandSpec verifyCommand() {
        return asking("verify", "Test a model against the API behaviour that clients rely on.")
                .addOption(
                        OptionSpec.builder("--json")
                                .description("Print the results as JSON.")
                                .build())
                .addOption(
                        OptionSpec.builder("--timeout")
                                .paramLabel("SECONDS")
                                .type(Integer.class)
                                .defaultValue("120")
                                .description(
                                        "The longest wait for one answer, without the load."
                                                + " Default: ${DEFAULT-VALUE}")
                                .build())
                .addPositional(modelParameter());
    }

    private static PositionalParamSpec modelParameter() {
        return PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .paramLabel("MODEL")
                .required(true)
                .type(String.class)
                .description("The model's id or alias.")
                .build();
    }

    private static void add(CommandSpec program, CommandSpec command) {
        program.addSubcommand(command.name(), command);
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

    /// A command that asks a running gateway.
    private static CommandSpec asking(String name, String does) {
        return command(name, does)
                .addOption(urlOption())
                .addOption(keyOption())
                .addOption(authorityOption());
    }

    private static OptionSpec configOption() {
        return OptionSpec.builder("-c", "--config")
                .paramLabel("FILE")
                .type(Path.class)
                .description("The configuration file. Default: " + CONFIG)
                .build();
    }

    private static OptionSpec urlOption() {
        return OptionSpec.builder("--url")
                .paramLabel("URL")
                .type(String.class)
                .description(
                        "The gateway. Default: the variable CORTEX_URL, else",
                        URL,
                        "Where the gateway has api_keys, set CORTEX_API_KEY.")
                .build();
    }

    private static OptionSpec keyOption() {
        return OptionSpec.builder("--admin-key-file")
                .paramLabel("FILE")
                .type(Path.class)
                .description(
                        "A file with the admin key. Default: the key in CORTEX_ADMIN_KEY,"
                                + " else the key file of your own gateway on this host.")
                .build();
    }

    private static Path config(ParseResult arguments) {
        return arguments.matchedOptionValue("--config", Path.of(CONFIG));
    }

    private static OptionSpec authorityOption() {
        return OptionSpec.builder("--cacert")
                .paramLabel("FILE")
                .type(Path.class)
                .description(
                        "A PEM file with the authority of the gateway's certificate, or with the"
                                + " certificate itself. Default: the variable CORTEX_CACERT, else"
                                + " what Java trusts.")
                .build();
    }

    private GatewayClient client(ParseResult arguments) {
        return client(arguments, keys(arguments).clients());
    }

    private GatewayClient operator(ParseResult arguments) {
        return client(arguments, keys(arguments).operators());
    }

    private GatewayClient client(ParseResult arguments, Keys.Shown shown) {
        return new GatewayClient(url(arguments), shown, http(arguments));
    }

    private HttpClient http(ParseResult arguments) {
        String set = terminal.environment().getOrDefault("CORTEX_CACERT", "");
        Path standard = set.isEmpty() ? null : Path.of(set);
        return GatewayClient.http(arguments.matchedOptionValue("--cacert", standard));
    }

    private String url(ParseResult arguments) {
        String standard = terminal.environment().getOrDefault("CORTEX_URL", URL);
        return arguments.matchedOptionValue("--url", standard);
    }

    private Keys keys(ParseResult arguments) {
        Path file = arguments.matchedOptionValue("--admin-key-file", (Path) null);
        return new Keys(terminal.environment(), url(arguments), file);
    }

    private int verify(ParseResult arguments) throws InterruptedException {
        int seconds = arguments.matchedOptionValue("--timeout", 120);
        if (seconds < 1) {
            throw CommandException.calledWrongly("--timeout is a number of seconds, at least 1.");
        }
        VerifyCommand.Options options =
                new VerifyCommand.Options(
                        arguments.matchedPositionalValue(0, ""),
                        Duration.ofSeconds(seconds),
                        arguments.hasMatchedOption("--json"));
        Keys.Shown shown = asking(arguments);
        GatewayClient gateway = client(arguments, shown);
        gateway.page("/v1/models");
        try {
            String operators = keys(arguments).operators().key();
            var keys = new VerifyCommand.Keys(shown.key(), operators);
            return new VerifyCommand(terminal.out(), gateway.url(), keys, http(arguments))
                    .run(options);
        } catch (VerifyCommand.NoModelException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    /// The key of whoever asks a model something. An operator's is used only where no other is set
    /// and the gateway wants one, and it is said.
    private Keys.Shown asking(ParseResult arguments) throws InterruptedException {
        Keys keys = keys(arguments);
        Keys.Shown shown = keys.clients();
        if (keys.clientsOwn() || shown.key().isEmpty()) {
            return shown;
        }
        Keys.Shown none = new Keys.Shown("", "no key");
        if (!client(arguments, none).wantsKeys()) {
            return none;
        }
        terminal.err()
                .println(
                        "CORTEX_API_KEY is not set, so this asks as an operator, with "
                                + shown.source()
                                + ".");
        terminal.err().flush();
        return shown;
    }

    private int simulate(ParseResult arguments) {
        return ReplayCommand.wanted(arguments)
                ? new ReplayCommand(terminal).run(arguments)
                : new SimulateCommand(terminal).run(arguments);
    }

    private int chat(ParseResult arguments) throws InterruptedException {
        String model = arguments.matchedPositionalValue(0, "");
        List<String> words = arguments.matchedPositionalValue(1, List.of());
        GatewayClient gateway = client(arguments, asking(arguments));
        return new ChatCommand(terminal, gateway).run(model, String.join(" ", words));
    }

    /// The version the module was built as.
    private static String version() {
        return Optional.ofNullable(Cli.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse("(unknown version)");
    }
}
