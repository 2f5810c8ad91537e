package cortex.cli;

import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import cortex.core.node.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/// `cortex logs MODEL NODE`: what the model's engine printed last there, by way of the gateway, so
/// that no key of the neurons is needed.
final class EngineLogCommand {
    private final Terminal terminal;
    private final GatewayClient gateway;

    EngineLogCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    int run(String model, String node) throws InterruptedException {
        Map<String, String> what = new LinkedHashMap<>();
        what.put("model", model);
        what.put("node", node);
        String body = Json.MAPPER.writeValueAsString(what);
        String text = gateway.post("/admin/logs", body).path("text").asString("");
        terminal.out().print(text);
        if (!text.endsWith("\n")) {
            terminal.out().println();
        }
        return 0;
    }
}
