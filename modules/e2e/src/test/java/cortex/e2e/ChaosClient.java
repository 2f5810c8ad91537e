package cortex.e2e;

import cortex.e2e.ChaosAnswer.End;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// Sends requests of all kinds, each under an id of its own, and judges what comes back.
final class ChaosClient {
    /// What its ids begin with.
    static final String IDS = "storm-";

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final AtomicLong LAST = new AtomicLong();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String api;

    ChaosClient(String api) {
        this.api = api;
    }

    /// Which of the gateway's APIs.
    enum Api {
        CHAT("/v1/chat/completions"),
        MESSAGES("/v1/messages"),
        RESPONSES("/v1/responses"),
        VECTORS("/v1/embeddings");

        private final String path;

        Api(String path) {
            this.path = path;
        }
    }

    /// How a request is made, and how many of a hundred are like that.
    enum Kind {
        STREAM(Api.CHAT, true, 28),
        WHOLE(Api.CHAT, false, 14),
        MESSAGES(Api.MESSAGES, true, 14),
        MESSAGES_WHOLE(Api.MESSAGES, false, 6),
        RESPONSES(Api.RESPONSES, true, 10),
        RESPONSES_WHOLE(Api.RESPONSES, false, 6),
        VECTORS(Api.VECTORS, false, 8),
        /// Leaves after some events of the stream.
        LEAVES(Api.CHAT, true, 7),
        /// Leaves before anything has come, be it from the queue or from the engine.
        GIVES_UP(Api.CHAT, false, 7);

        final Api api;
        final boolean stream;
        private final int often;

        Kind(Api api, boolean stream, int often) {
            this.api = api;
            this.stream = stream;
            this.often = often;
        }

        static Kind any(Random random) {
            int dice = random.nextInt(100);
            for (Kind kind : values()) {
                dice -= kind.often;
                if (dice < 0) {
                    return kind;
                }
            }
            throw new IllegalStateException("they do not make a hundred");
        }
    }

    /// How a request for `tokens` tokens ended. `status` is what the client was told, 200 when the
    /// answer began well, 0 for nothing; `words` is the end of what came, unless all is well.
    record Ending(
            String id, Kind kind, String model, int tokens, End end, int status, String words) {}

    Ending ask(Kind kind, String model, Random random) throws InterruptedException {
        int tokens = 5 + random.nextInt(60);
        String id = IDS + LAST.incrementAndGet();
        boolean givesUp = kind == Kind.GIVES_UP;
        Duration patience = givesUp ? Duration.ofMillis(30 + random.nextInt(1500)) : PATIENCE;
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api + kind.api.path))
                        .timeout(patience)
                        .header("Content-Type", "application/json")
                        .header("X-Request-Id", id)
                        .POST(HttpRequest.BodyPublishers.ofString(body(kind, model, tokens)))
                        .build();
        ChaosAnswer seen = new ChaosAnswer(kind, tokens, random.nextInt(1, 4));
        int status = 0;
        try {
            var answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            status = answer.statusCode();
            try (BufferedReader lines =
                    new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                seen.read(lines);
            }
        } catch (HttpTimeoutException e) {
            if (givesUp) {
                seen.gaveUp();
            } else {
                seen.broke(e);
            }
        } catch (IOException e) {
            seen.broke(e);
        }
        End end = seen.end(status);
        boolean well = end == End.COMPLETE || end == End.LEFT;
        return new Ending(id, kind, model, tokens, end, status, well ? "" : seen.words());
    }

    private static String body(Kind kind, String model, int tokens) {
        String text = "[[tokens " + tokens + "]] Say something.";
        String form =
                switch (kind.api) {
                    case CHAT, MESSAGES ->
                            """
                            {"model":"%s","max_tokens":500,"stream":%b,\
                            "messages":[{"role":"user","content":"%s"}]}\
                            """;
                    case RESPONSES ->
                            """
                            {"model":"%s","store":false,"stream":%b,"input":"%s"}\
                            """;
                    case VECTORS ->
                            """
                            {"model":"%s","user":"%b","input":"%s"}\
                            """;
                };
        return form.formatted(model, kind.stream, text);
    }
}
