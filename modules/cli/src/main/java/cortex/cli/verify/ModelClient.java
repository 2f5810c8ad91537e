package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Events;
import cortex.cli.dialect.Prompt;
import cortex.cli.dialect.ReadAnswer;
import cortex.cli.dialect.Reading;
import cortex.core.config.problem.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// Asks the model in a dialect and reads what it tells; remembers the signs of life seen.
final class ModelClient {
    private final Api api;
    private final String model;
    private final Duration patience;
    private final Map<String, Integer> signs = new HashMap<>();

    ModelClient(Api api, String model, Duration patience) {
        this.api = api;
        this.model = model;
        this.patience = patience;
    }

    Api api() {
        return api;
    }

    String model() {
        return model;
    }

    Duration patience() {
        return patience;
    }

    Prompt prompt(String text, int limit) {
        return Prompt.of(model, text, limit);
    }

    /// How many signs of life the dialect's streams have held so far.
    int signs(Dialect dialect) {
        return signs.getOrDefault(dialect.name(), 0);
    }

    /// The answer, which must keep every rule of the dialect.
    ReadAnswer sound(Dialect dialect, Prompt prompt) throws Unfulfilled, InterruptedException {
        ReadAnswer told = told(dialect, prompt);
        if (!told.wire().faults().isEmpty()) {
            String way = prompt.stream() ? "streamed: " : "whole: ";
            throw Unfulfilled.failed(way + String.join("; ", told.wire().faults()));
        }
        return told;
    }

    private ReadAnswer told(Dialect dialect, Prompt prompt)
            throws Unfulfilled, InterruptedException {
        Reading reading = new Reading();
        String body = dialect.body(prompt).toString();
        if (!prompt.stream()) {
            Api.Answer answer = api.post(dialect.path(), body, patience);
            if (!answer.ok()) {
                throw Unfulfilled.failed(answer.refusal());
            }
            if (!answer.isType("application/json")) {
                reading.fault("the content type is not application/json");
            }
            dialect.whole(answer.json(), reading);
            return reading.told();
        }
        try (Api.Stream stream = api.open(dialect.path(), body, patience)) {
            Api.Answer head = new Api.Answer(stream.status(), stream.headers(), "");
            if (!head.ok()) {
                String text =
                        new String(stream.in().readNBytes(Api.LONGEST), StandardCharsets.UTF_8);
                throw Unfulfilled.failed(
                        new Api.Answer(stream.status(), stream.headers(), text).refusal());
            }
            if (!head.isType("text/event-stream")) {
                reading.fault("the content type is not text/event-stream");
            }
            dialect.stream(new Events(stream.in(), reading), reading);
        } catch (IOException e) {
            reading.fault("the stream broke off: " + FileTrouble.words(e));
        }
        ReadAnswer told = reading.told();
        signs.merge(dialect.name(), told.wire().signs(), Integer::sum);
        return told;
    }
}
