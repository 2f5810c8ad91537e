package cortex.cli;

import cortex.cli.terminal.CommandException;
import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Terminal;
import cortex.core.config.problem.FileTrouble;
import cortex.core.log.SafeText;
import cortex.core.node.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `cortex chat`: one message, and the answer as it comes. The exit code is 0 only when the answer
/// is whole.
final class ChatCommand {
    private static final String DATA = "data:";

    private final Terminal terminal;
    private final GatewayClient gateway;
    private boolean begun;

    ChatCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    int run(String model, String words) throws InterruptedException {
        try {
            String text = words.isBlank() ? stdin() : words;
            if (text.isBlank()) {
                throw new CommandException("no message. Give it as an argument or on stdin.");
            }
            Map<String, Object> message = Map.of("role", "user", "content", text);
            Map<String, Object> request =
                    Map.of("model", model, "stream", true, "messages", List.of(message));
            String body = Json.MAPPER.writeValueAsString(request);
            try (InputStream in = gateway.stream("/v1/chat/completions", body)) {
                return print(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            terminal.out().println();
            throw new CommandException("the answer broke off: " + FileTrouble.words(e) + ".");
        }
    }

    private String stdin() throws IOException {
        return new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8);
    }

    /// Reads to the end of the body, so that the gateway does not take us for gone.
    private int print(BufferedReader lines) throws IOException {
        boolean done = false;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String data = line.startsWith(DATA) ? line.substring(DATA.length()).strip() : "";
            done |= data.equals("[DONE]");
            if (!data.isEmpty() && !done) {
                event(data);
            }
        }
        terminal.out().println();
        if (!done) {
            throw new CommandException("the answer broke off before its end.");
        }
        return 0;
    }

    private void event(String data) {
        JsonNode event;
        try {
            event = Json.MAPPER.readTree(data);
        } catch (JacksonException e) {
            throw new CommandException(
                    "the stream holds something that is no JSON: " + SafeText.line(data));
        }
        if (event.has("error")) {
            String said =
                    SafeText.line(event.path("error").path("message").asString("unknown error"));
            if (!begun) {
                throw new CommandException(said);
            }
            terminal.out().println();
            throw new CommandException("the answer ended with an error: " + said);
        }
        for (JsonNode choice : event.path("choices")) {
            String content = choice.path("delta").path("content").asString("");
            begun |= !content.isEmpty();
            terminal.out().print(content);
        }
        terminal.out().flush();
    }
}
