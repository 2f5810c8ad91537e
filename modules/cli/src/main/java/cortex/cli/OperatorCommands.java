package cortex.cli;

import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The commands by which an operator asks why and changes the fleet, and what each is about.
enum OperatorCommands {
    /// What would be done for a request.
    WHY("Say what the gateway would do for a request for a model now, and why.", "MODEL"),
    /// A model loaded.
    LOAD("Load a model, on a node or where there is room.", "MODEL", "[NODE]"),
    /// A model unloaded.
    UNLOAD(
            "Unload a model from a node or everywhere; requests in flight end first.",
            "MODEL",
            "[NODE]"),
    /// A model never unloaded to make room.
    PIN("Never unload a model from a node to make room.", "MODEL", "NODE"),
    /// The end of a pin.
    UNPIN("End a pin.", "MODEL", "NODE"),
    /// A node emptied.
    DRAIN("Give a node nothing new and move what is there to other nodes.", "NODE"),
    /// A node in use again.
    UNDRAIN("Take a node into use again.", "NODE");

    private static final Map<String, String> DESCRIPTIONS =
            Map.of("MODEL", "The model's id or alias.", "NODE", "The node's name.");

    private static final String FORCE = "--force";

    private final String does;
    private final String about;

    OperatorCommands(String does, String... about) {
        this.does = does;
        this.about = String.join(" ", about);
    }

    /// What it is about, in order; in brackets what may be left out.
    private List<String> about() {
        return List.of(about.split(" "));
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String does() {
        return does;
    }

    /// The command with its arguments.
    CommandSpec withArguments(CommandSpec command) {
        for (int i = 0; i < about().size(); i++) {
            String name = bare(about().get(i));
            boolean optional = !name.equals(about().get(i));
            command.addPositional(
                    PositionalParamSpec.builder()
                            .index(Integer.toString(i))
                            .arity(optional ? "0..1" : "1")
                            .paramLabel(name)
                            .required(!optional)
                            .type(String.class)
                            .description(DESCRIPTIONS.get(name))
                            .build());
        }
        if (this == UNLOAD || this == DRAIN) {
            command.addOption(
                    OptionSpec.builder(FORCE)
                            .type(boolean.class)
                            .description("Do it also where a model is pinned.")
                            .build());
        }
        return command;
    }

    /// Does it.
    int run(Terminal terminal, GatewayClient gateway, ParseResult arguments)
            throws InterruptedException {
        Map<String, String> given = new LinkedHashMap<>();
        for (int i = 0; i < about().size(); i++) {
            given.put(bare(about().get(i)), arguments.matchedPositionalValue(i, ""));
        }
        String model = given.getOrDefault("MODEL", "");
        return this == WHY
                ? new WhyCommand(terminal, gateway).run(model)
                : new WishCommand(terminal, gateway)
                        .run(
                                word(),
                                model,
                                given.getOrDefault("NODE", ""),
                                arguments.hasMatchedOption(FORCE));
    }

    private static String bare(String name) {
        return name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
    }
}
