package cortex.gateway.fleet.view;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Names the command that shows what an engine has said: a question to its neuron.
public final class LogCommand {
    private LogCommand() {}

    /// Returns the command for a model's engine on the node of that neuron.
    public static String of(URI neuron, String model) {
        String id = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
        return "curl " + neuron + "/models/" + id + "/log";
    }
}
