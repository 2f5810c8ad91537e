package cortex.e2e;

import cortex.core.node.Json;
import cortex.demo.script.Tokens;
import cortex.e2e.ChaosClient.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What is seen of one answer, and the verdict on it: complete, a clear error, or neither.
final class ChaosAnswer {
    private final Kind kind;
    private final int tokens;
    private final int leaveAfter;
    private final StringBuilder all = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private int chunks;
    private boolean left;
    private boolean finished;
    private boolean done;
    private boolean error;
    private @Nullable String cut;

    /// The ways of an end.
    enum End {
        COMPLETE,
        ERROR,
        LEFT,
        NEITHER
    }

    /// An answer to a question for `tokens` tokens; who leaves does so after `leaveAfter` events.
    ChaosAnswer(Kind kind, int tokens, int leaveAfter) {
        this.kind = kind;
        this.tokens = tokens;
        this.leaveAfter = leaveAfter;
    }

    void read(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            all.append(line).append('\n');
            if (line.startsWith("data:")) {
                see(line.substring(5).strip());
            }
            if (kind == Kind.LEAVES && chunks >= leaveAfter && !error && !done) {
                left = true;
                return;
            }
        }
    }

    /// The connection broke off.
    void broke(IOException e) {
        cut = e.toString();
    }

    /// The client had enough before anything came.
    void gaveUp() {
        left = true;
    }

    private void see(String data) {
        if (data.equals("[DONE]")) {
            done = true;
            return;
        }
        JsonNode json = parse(data);
        chunks++;
        switch (kind.api) {
            case CHAT -> {
                JsonNode choice = json.path("choices").path(0);
                error |= json.hasNonNull("error");
                finished |= choice.hasNonNull("finish_reason");
                text.append(choice.path("delta").path("content").asString(""));
            }
            case MESSAGES -> {
                error |= json.hasNonNull("error");
                finished |= json.path("delta").hasNonNull("stop_reason");
                done |= json.path("type").asString("").equals("message_stop");
                text.append(json.path("delta").path("text").asString(""));
            }
            case RESPONSES -> seeResponse(json);
            case VECTORS -> {}
        }
    }

    private void seeResponse(JsonNode json) {
        switch (json.path("type").asString("")) {
            case "response.output_text.delta" -> text.append(json.path("delta").asString(""));
            case "response.completed" -> {
                done = true;
                finished = json.path("response").path("status").asString("").equals("completed");
            }
            case "response.failed" ->
                    error = !json.at("/response/error/message").asString("").isBlank();
            default -> {}
        }
    }

    private static JsonNode parse(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JacksonException e) {
            return Json.MAPPER.createObjectNode();
        }
    }

    End end(int status) {
        if (left) {
            return End.LEFT;
        }
        if (status >= 400) {
            String message = parse(all.toString()).at("/error/message").asString("");
            return cut == null && !message.isBlank() ? End.ERROR : End.NEITHER;
        }
        if (error) {
            // After the first byte a failure is an error event and no clean end; that of Responses
            // is an end of its own.
            boolean unclean = cut != null || kind.api == ChaosClient.Api.RESPONSES;
            return unclean && !done ? End.ERROR : End.NEITHER;
        }
        boolean well = status == 200 && cut == null;
        return well && (kind.stream ? finished && done && allSaid() : whole())
                ? End.COMPLETE
                : End.NEITHER;
    }

    private boolean allSaid() {
        return Tokens.count(text.toString()) == tokens;
    }

    private boolean whole() {
        JsonNode json = parse(all.toString());
        return switch (kind.api) {
            case CHAT -> {
                text.append(json.at("/choices/0/message/content").asString(""));
                yield json.at("/choices/0").hasNonNull("finish_reason")
                        && json.at("/usage/completion_tokens").asInt(-1) == tokens
                        && allSaid();
            }
            case MESSAGES -> {
                text.append(json.at("/content/0/text").asString(""));
                yield json.hasNonNull("stop_reason")
                        && json.at("/usage/output_tokens").asInt(-1) == tokens
                        && allSaid();
            }
            case RESPONSES -> {
                text.append(json.at("/output/0/content/0/text").asString(""));
                yield json.path("status").asString("").equals("completed")
                        && json.at("/usage/output_tokens").asInt(-1) == tokens
                        && allSaid();
            }
            case VECTORS -> !json.at("/data/0/embedding").isEmpty();
        };
    }

    /// What broke, and the end of what came.
    String words() {
        return cut + ": " + all.substring(Math.max(0, all.length() - 500));
    }
}
