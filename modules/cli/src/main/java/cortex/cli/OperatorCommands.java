package cortex.cli;

import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The commands by which an operator asks why and changes the fleet, and what each is about.
enum OperatorCommands {
    /// What would be done for a request.
    WHY("Show where a request for a model would go now, and why.", Given.YES, Given.NO),
    /// What an engine printed.
    LOGS("Show the last output of a model's engine on a node.", Given.YES, Given.YES),
    /// A model loaded.
    LOAD("Load a model on a node, or on any node with room.", Given.YES, Given.MAYBE),
    /// A model unloaded.
    UNLOAD(
            "Unload a model from a node or everywhere; requests in flight end first.",
            Given.YES,
            Given.MAYBE),
    /// A model never unloaded to make room.
    PIN("Pin a model to a node: cortex never evicts it there.", Given.YES, Given.YES),
    /// The end of a pin.
    UNPIN("Unpin a model: cortex may evict it again.", Given.YES, Given.YES),
    /// A node emptied.
    DRAIN(
            "Drain a node: move its models to other nodes and place nothing on it.",
            Given.NO,
            Given.YES),
    /// A node in use again.
    UNDRAIN("Undrain a node: put it back into use.", Given.NO, Given.YES);

    /// Whether a command line names something.
    private enum Given {
        YES,
        MAYBE,
        NO
    }

    private static final String FORCE = "--force";

    private final String does;
    private final Given model;
    private final Given node;

    OperatorCommands(String does, Given model, Given node) {
        this.does = does;
        this.model = model;
        this.node = node;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String does() {
        return does;
    }

    /// The command with its arguments.
    CommandSpec withArguments(CommandSpec command) {
        add(command, model, "MODEL", "The model's id or alias.");
        add(
                command,
                node,
                "NODE",
                node == Given.MAYBE
                        ? "The node. Default: " + (this == LOAD ? "cortex chooses." : "every node.")
                        : "The node's name.");
        if (this == UNLOAD || this == DRAIN) {
            command.addOption(
                    OptionSpec.builder(FORCE)
                            .type(boolean.class)
                            .description("Also if a model is pinned.")
                            .build());
        }
        return command;
    }

    private static void add(CommandSpec command, Given given, String label, String description) {
        if (given == Given.NO) {
            return;
        }
        boolean required = given == Given.YES;
        command.addPositional(
                PositionalParamSpec.builder()
                        .index(Integer.toString(command.positionalParameters().size()))
                        .arity(required ? "1" : "0..1")
                        .paramLabel(label)
                        .required(required)
                        .type(String.class)
                        .description(description)
                        .build());
    }

    /// Does it.
    int run(Terminal terminal, GatewayClient gateway, ParseResult arguments)
            throws InterruptedException {
        int at = model == Given.NO ? 0 : 1;
        String named = at == 0 ? "" : arguments.matchedPositionalValue(0, "");
        String where = node == Given.NO ? "" : arguments.matchedPositionalValue(at, "");
        return switch (this) {
            case WHY -> new WhyCommand(terminal, gateway).run(named);
            case LOGS -> new EngineLogCommand(terminal, gateway).run(named, where);
            case LOAD, UNLOAD, PIN, UNPIN, DRAIN, UNDRAIN ->
                    new WishCommand(terminal, gateway)
                            .run(word(), named, where, arguments.hasMatchedOption(FORCE));
        };
    }
}
