package cortex.cli;

import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import cortex.core.node.Json;
import java.util.Map;

/// `cortex why MODEL`: what the gateway would do for a request made now, and why.
final class WhyCommand {
    private final Terminal terminal;
    private final GatewayClient gateway;

    WhyCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    int run(String model) throws InterruptedException {
        String body = Json.MAPPER.writeValueAsString(Map.of("model", model));
        terminal.out().println(gateway.post("/admin/plan", body).path("text").asString(""));
        return 0;
    }
}
