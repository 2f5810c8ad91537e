package cortex.cli.dialect;

import cortex.cli.dialect.Events.Event;
import cortex.cli.dialect.ReadAnswer.Call;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a streamed chat completion as the strictest of the SDKs do. For one thread.
final class ChatStream {
    private final Reading reading;
    private final Map<Integer, Building> calls = new TreeMap<>();
    private @Nullable String id;
    private boolean spoken;
    private boolean finished;
    private boolean counted;
    private boolean done;

    /// A tool call of which not everything is there yet.
    private static final class Building {
        String id = "";
        String name = "";
        final StringBuilder arguments = new StringBuilder();
    }

    ChatStream(Reading reading) {
        this.reading = reading;
    }

    void read(Events events) throws IOException {
        for (Event event = events.next(); event != null; event = events.next()) {
            reading.must(!done, "there is an event after [DONE]");
            reading.must(event.name().isEmpty(), "an event has the name '" + event.name() + "'");
            if (event.data().equals("[DONE]")) {
                done = true;
                continue;
            }
            JsonNode chunk = Reading.parse(event.data());
            if (chunk == null || !chunk.isObject()) {
                reading.fault("an event is no JSON object: " + Reading.brief(event.data()));
            } else {
                chunk(chunk);
            }
        }
        reading.must(finished, "no chunk has a finish_reason");
        reading.must(counted, "there is no usage although it was asked for");
        reading.must(done, "the stream does not end with [DONE]");
        int next = 0;
        for (var call : calls.entrySet()) {
            reading.must(call.getKey() == next++, "the tool calls' indexes are not 0, 1, 2 …");
            Building built = call.getValue();
            reading.call(new Call(built.id, built.name, built.arguments.toString()));
        }
    }

    private void chunk(JsonNode chunk) {
        if (chunk.path("error").isObject()) {
            String said = chunk.path("error").path("message").asString("");
            reading.fault("the answer ended with an error: " + said);
            finished = true;
            counted = true;
            done = true;
            return;
        }
        reading.must(
                chunk.path("object").asString("").equals("chat.completion.chunk"),
                "object is not chat.completion.chunk");
        String its = chunk.path("id").asString("");
        reading.must(!its.isEmpty(), "a chunk has no id");
        reading.must(id == null || id.equals(its), "the id changes within the stream");
        id = its;
        JsonNode choices = chunk.path("choices");
        reading.must(choices.isArray(), "a chunk has no array of choices");
        for (JsonNode choice : choices) {
            reading.must(choice.path("index").asInt(-1) == 0, "a choice's index is not 0");
            delta(choice.path("delta"));
            finish(choice);
        }
        if (chunk.path("usage").isObject()) {
            reading.must(!counted, "there are two usages");
            counted = true;
            Chat.usage(chunk.path("usage"), reading);
        }
    }

    private void finish(JsonNode choice) {
        JsonNode reason = choice.path("finish_reason");
        if (reason.isString()) {
            reading.must(!finished, "there are two finish_reasons");
            finished = true;
            Chat.finish(reason.asString(), reading);
        }
    }

    private void delta(JsonNode delta) {
        reading.must(delta.isObject(), "a choice has no delta");
        if (!spoken) {
            spoken = true;
            reading.must(
                    delta.path("role").asString("").equals("assistant"),
                    "the first delta does not say role assistant");
        }
        String text = delta.path("content").asString("");
        String thought = Chat.thought(delta);
        reading.must(
                !finished || (text.isEmpty() && thought.isEmpty()),
                "there is text after the finish_reason");
        if (!text.isEmpty()) {
            reading.text(text);
        }
        if (!thought.isEmpty()) {
            reading.thought(thought);
        }
        for (JsonNode call : delta.path("tool_calls")) {
            call(call);
        }
    }

    private void call(JsonNode call) {
        if (!call.path("index").isIntegralNumber()) {
            reading.fault("a piece of a tool call has no index");
            return;
        }
        reading.must(call.path("function").isObject(), "a piece of a tool call has no function");
        boolean first = !calls.containsKey(call.path("index").asInt(0));
        Building building = calls.computeIfAbsent(call.path("index").asInt(0), _ -> new Building());
        JsonNode function = call.path("function");
        if (first) {
            reading.must(
                    call.path("type").asString("").equals("function"),
                    "a tool call begins without the type function");
            building.id = call.path("id").asString("");
            building.name = function.path("name").asString("");
        }
        reading.must(
                !function.has("arguments") || function.path("arguments").isString(),
                "a tool call's arguments are no string");
        building.arguments.append(function.path("arguments").asString(""));
    }
}
