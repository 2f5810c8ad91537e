package cortex.cli.dialect;

import cortex.cli.dialect.Events.Event;
import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's older text completions: no tools, no turns. Not every engine counts tokens in its
/// streams.
record Completions() implements Dialect {
    @Override
    public String name() {
        return "completions";
    }

    @Override
    public String path() {
        return "/v1/completions";
    }

    @Override
    public boolean tools() {
        return false;
    }

    @Override
    public JsonNode body(Prompt prompt) {
        ObjectNode body = prompt.options("max_tokens").put("prompt", prompt.text());
        if (prompt.stream()) {
            body.putObject("stream_options").put("include_usage", true);
        }
        return body;
    }

    @Override
    public void whole(JsonNode answer, Reading reading) {
        reading.must(
                answer.path("object").asString("").equals("text_completion"),
                "object is not text_completion");
        reading.must(answer.path("choices").size() == 1, "there is not one choice");
        JsonNode choice = answer.path("choices").path(0);
        reading.must(choice.path("text").isString(), "a choice has no text");
        reading.text(choice.path("text").asString(""));
        Chat.finish(choice.path("finish_reason").asString(""), reading);
        Chat.usage(answer.path("usage"), reading);
    }

    @Override
    public void stream(Events events, Reading reading) throws IOException {
        boolean done = false;
        int finished = 0;
        for (Event event = events.next(); event != null; event = events.next()) {
            reading.must(!done, "there is an event after [DONE]");
            reading.must(event.name().isEmpty(), "an event has the name '" + event.name() + "'");
            if (event.data().equals("[DONE]")) {
                done = true;
                continue;
            }
            JsonNode chunk = Reading.parse(event.data());
            if (chunk == null || !chunk.path("choices").isArray()) {
                reading.fault("an event is no chunk: " + Reading.brief(event.data()));
                continue;
            }
            for (JsonNode choice : chunk.path("choices")) {
                reading.must(choice.path("text").isString(), "a choice has no text");
                reading.text(choice.path("text").asString(""));
                if (choice.path("finish_reason").isString()) {
                    finished++;
                    Chat.finish(choice.path("finish_reason").asString(), reading);
                }
            }
            if (chunk.path("usage").isObject()) {
                Chat.usage(chunk.path("usage"), reading);
            }
        }
        reading.must(finished == 1, "there are " + finished + " finish_reasons, not one");
        reading.must(done, "the stream does not end with [DONE]");
    }
}
