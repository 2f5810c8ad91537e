package cortex.cli;

import cortex.cli.terminal.Fields;
import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Table;
import cortex.cli.terminal.Terminal;
import tools.jackson.databind.JsonNode;

/// `cortex models`: what can be asked for, and where it is ready.
final class ModelsCommand {
    private final Terminal terminal;
    private final GatewayClient gateway;

    ModelsCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    int run() throws InterruptedException {
        JsonNode body = gateway.page("/v1/models");
        Table table = new Table("MODEL", "STATUS", "NODES", "ALIASES");
        for (JsonNode model : body.path("data")) {
            if (Fields.isAlias(model)) {
                continue;
            }
            table.row(
                    model.path("id").asString("?"),
                    Fields.text(model, "status"),
                    Fields.words(model.path("nodes")),
                    Fields.words(model.path("aliases")));
        }
        if (table.isEmpty()) {
            terminal.out().println("The gateway has no models.");
        } else {
            terminal.out().print(table);
        }
        return 0;
    }
}
