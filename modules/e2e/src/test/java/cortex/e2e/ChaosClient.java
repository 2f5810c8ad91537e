package cortex.e2e;

import cortex.core.node.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Sends one request and judges what came back: a complete answer, a clear error, or neither.
final class ChaosClient {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String api;

    ChaosClient(String api) {
        this.api = api;
    }

    /// How a request is made.
    enum Kind {
        STREAM,
        WHOLE,
        MESSAGES,
        LEAVES
    }

    /// How a request ended. `status` is what the client was told, 200 when the answer began well;
    /// `words` is the end of what came, unless all is well.
    record Ending(Kind kind, String model, End end, int status, String words) {}

    /// The ways of an end.
    enum End {
        COMPLETE,
        ERROR,
        LEFT,
        NEITHER
    }

    Ending ask(Kind kind, String model, Random random) throws InterruptedException {
        String text = "[[tokens " + (5 + random.nextInt(60)) + "]] Say something.";
        boolean messages = kind == Kind.MESSAGES;
        String body =
                """
                {"model":"%s","max_tokens":500,"stream":%b,\
                "messages":[{"role":"user","content":"%s"}]}\
                """
                        .formatted(model, kind != Kind.WHOLE, text);
        String path = messages ? "/v1/messages" : "/v1/chat/completions";
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api + path))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .header(messages ? "anthropic-version" : "x-other", "2023-06-01")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        Reading reading = new Reading(kind, random.nextInt(1, 4));
        int status = 0;
        try {
            var answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            status = answer.statusCode();
            try (BufferedReader lines =
                    new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                reading.read(lines);
            }
        } catch (IOException e) {
            reading.cut = e.toString();
        }
        return reading.judge(model, status);
    }

    /// What is seen of one answer.
    private static final class Reading {
        private final Kind kind;
        private final int leaveAfter;
        private final StringBuilder all = new StringBuilder();
        private int chunks;
        private boolean left;
        private boolean finished;
        private boolean done;
        private boolean error;
        private @Nullable String cut;

        Reading(Kind kind, int leaveAfter) {
            this.kind = kind;
            this.leaveAfter = leaveAfter;
        }

        void read(BufferedReader lines) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                all.append(line).append('\n');
                see(line);
                if (kind == Kind.LEAVES && chunks >= leaveAfter && !error && !done) {
                    left = true;
                    return;
                }
            }
        }

        private void see(String line) {
            if (!line.startsWith("data:")) {
                return;
            }
            String data = line.substring(5).strip();
            if (data.equals("[DONE]")) {
                done = true;
                return;
            }
            JsonNode json = parse(data);
            chunks++;
            error |= json.hasNonNull("error");
            finished |= json.path("choices").path(0).hasNonNull("finish_reason");
            finished |= json.path("delta").hasNonNull("stop_reason");
            done |= json.path("type").asString("").equals("message_stop");
        }

        private static JsonNode parse(String text) {
            try {
                return Json.MAPPER.readTree(text);
            } catch (JacksonException e) {
                return Json.MAPPER.createObjectNode();
            }
        }

        Ending judge(String model, int status) {
            if (left) {
                return ending(model, End.LEFT, status);
            }
            if (status >= 400) {
                JsonNode message = parse(all.toString()).path("error").path("message");
                boolean clear = cut == null && !message.asString("").isBlank();
                return ending(model, clear ? End.ERROR : End.NEITHER, status);
            }
            if (error) {
                // After the first byte a failure is an error event and no clean end.
                return ending(model, cut != null && !done ? End.ERROR : End.NEITHER, status);
            }
            boolean complete = kind == Kind.WHOLE ? whole() : finished && done;
            boolean well = status == 200 && cut == null && complete;
            return ending(model, well ? End.COMPLETE : End.NEITHER, status);
        }

        private boolean whole() {
            JsonNode choice = parse(all.toString()).path("choices").path(0);
            return choice.hasNonNull("finish_reason")
                    && !choice.path("message").path("content").asString("").isBlank();
        }

        private Ending ending(String model, End end, int status) {
            int from = Math.max(0, all.length() - 500);
            boolean well = end == End.COMPLETE || end == End.LEFT;
            String words = well ? "" : cut + ": " + all.substring(from);
            return new Ending(kind, model, end, status, words);
        }
    }
}
