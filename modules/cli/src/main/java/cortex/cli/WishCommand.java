package cortex.cli;

import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import cortex.core.node.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// `cortex load`, `unload`, `pin`, `unpin`, `drain` and `undrain`: what an operator wants changed.
/// Prints what that changes; the exit code is 0 also when all was so already.
final class WishCommand {
    private final Terminal terminal;
    private final GatewayClient gateway;

    WishCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    /// Wants `verb` for a model, a node, or both; what is empty is left out. By `force` also where
    /// a pin is against it.
    int run(String verb, String model, String node, boolean force) throws InterruptedException {
        Map<String, Object> wish = new LinkedHashMap<>();
        if (!model.isEmpty()) {
            wish.put("model", model);
        }
        if (!node.isEmpty()) {
            wish.put("node", node);
        }
        if (force) {
            wish.put("force", true);
        }
        JsonNode answer = gateway.post("/admin/" + verb, Json.MAPPER.writeValueAsString(wish));
        JsonNode changes = answer.path("changes");
        if (changes.isEmpty()) {
            terminal.out().println("Nothing to do: " + already(verb, model, node) + ".");
        }
        for (JsonNode change : changes) {
            String what = change.path("model").asString("");
            String where = change.path("node").asString("");
            List<String> named = Stream.of(what, where).filter(part -> !part.isEmpty()).toList();
            terminal.line(String.join(" on ", named) + ": " + change.path("text").asString(""));
        }
        return 0;
    }

    private static String already(String verb, String model, String node) {
        String on = node.isEmpty() ? "" : " on " + node;
        return switch (verb) {
            case "load" -> model + " is loaded or loading already" + on;
            case "unload" -> model + " is not loaded" + on + ", or is being unloaded";
            case "pin" -> model + " is pinned already" + on;
            case "unpin" -> model + " is not pinned" + on;
            case "drain" -> node + " is draining already";
            case "undrain" -> node + " is not draining";
            default -> "already so";
        };
    }
}
