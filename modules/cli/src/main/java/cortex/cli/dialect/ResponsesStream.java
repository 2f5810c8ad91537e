package cortex.cli.dialect;

import cortex.cli.dialect.Events.Event;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a streamed response: created first, every item added, filled and done, exactly one end
/// that holds the items as they were done. For one thread.
final class ResponsesStream {
    private static final Set<String> PARTS =
            Set.of(
                    "response.content_part.done",
                    "response.output_text.done",
                    "response.reasoning_text.done",
                    "response.reasoning_summary_part.added",
                    "response.reasoning_summary_part.done",
                    "response.reasoning_summary_text.done",
                    "response.function_call_arguments.done",
                    "response.custom_tool_call_input.done");
    private static final Set<String> DELTAS =
            Set.of(
                    "response.output_text.delta",
                    "response.reasoning_text.delta",
                    "response.reasoning_summary_text.delta",
                    "response.function_call_arguments.delta",
                    "response.custom_tool_call_input.delta");

    private final Responses dialect;
    private final Reading reading;
    private final Map<Integer, StringBuilder> added = new HashMap<>();
    private final Map<Integer, JsonNode> done = new TreeMap<>();
    private final Set<Integer> parts = new java.util.HashSet<>();
    private @Nullable JsonNode end;
    private boolean created;

    /// Whether the response was said to be in progress, as it is once in every stream.
    private boolean begun;

    private long next;

    ResponsesStream(Responses dialect, Reading reading) {
        this.dialect = dialect;
        this.reading = reading;
    }

    void read(Events events) throws IOException {
        for (Event event = events.next(); event != null; event = events.next()) {
            if (event.data().equals("[DONE]")) {
                continue;
            }
            JsonNode data = Reading.parse(event.data());
            if (data == null || !data.isObject()) {
                reading.fault("an event is no JSON object: " + Reading.brief(event.data()));
                continue;
            }
            String type = data.path("type").asString("");
            reading.must(
                    event.name().equals(type),
                    "event '%s' has the type '%s'".formatted(event.name(), type));
            reading.must(
                    data.path("sequence_number").asLong(-1) == next++,
                    "the sequence_numbers are not 0, 1, 2 …");
            reading.must(end == null, "there is an event after the terminal one");
            reading.must(
                    created || type.equals("response.created"),
                    "the first event is " + type + ", not response.created");
            event(type, data);
        }
        JsonNode last = end;
        if (last == null) {
            reading.fault("the stream ends without response.completed, .incomplete or .failed");
            return;
        }
        JsonNode output = last.path("output");
        reading.must(output.size() == done.size(), "the end holds other items than were done");
        done.forEach((index, item) ->
                reading.must(
                        output.path(index).equals(item),
                        "an item is another one at the end than when it was done"));
        dialect.whole(last, reading);
    }

    private void event(String type, JsonNode data) {
        int index = data.path("output_index").asInt(-1);
        switch (type) {
            case "response.created" -> {
                reading.must(!created, "there are two response.created");
                created = true;
                inProgress(data);
            }
            case "response.in_progress" -> {
                inProgress(data);
                if (begun) {
                    reading.sign();
                }
                begun = true;
            }
            case "response.output_item.added" -> {
                reading.must(index == added.size(), "the items' indexes are not 0, 1, 2 …");
                added.put(index, new StringBuilder());
            }
            case "response.output_item.done" -> {
                reading.must(added.containsKey(index), "an item is done that was not added");
                reading.must(!done.containsKey(index), "an item is done twice");
                done.put(index, data.path("item"));
                filled(index, data.path("item"));
            }
            case "response.content_part.added" -> parts.add(index);
            case "response.completed", "response.incomplete", "response.failed" ->
                    end = data.path("response");
            default -> part(type, index, data);
        }
    }

    /// Libraries take the response in it for all there is so far.
    private void inProgress(JsonNode data) {
        JsonNode response = data.path("response");
        reading.must(response.path("id").isString(), "a response in progress has no id");
        reading.must(
                response.path("output").size() == added.size(),
                "a response in progress does not hold the items that were added");
    }

    private void part(String type, int index, JsonNode data) {
        if (!DELTAS.contains(type)) {
            reading.must(PARTS.contains(type), "there is an event '" + type + "'");
            return;
        }
        reading.must(
                added.containsKey(index) && !done.containsKey(index),
                "a delta is for an item that is not open");
        boolean inPart =
                type.equals("response.output_text.delta")
                        || type.equals("response.reasoning_text.delta");
        reading.must(!inPart || parts.contains(index), "text comes before its content_part.added");
        added.computeIfAbsent(index, _ -> new StringBuilder())
                .append(data.path("delta").asString(""));
    }

    /// The deltas of an item add up to what it is when done.
    private void filled(int index, JsonNode item) {
        String deltas = added.getOrDefault(index, new StringBuilder()).toString();
        String whole =
                switch (item.path("type").asString("")) {
                    case "message" -> text(item.path("content"));
                    case "function_call" -> item.path("arguments").asString("");
                    default -> deltas;
                };
        reading.must(deltas.equals(whole), "an item's deltas do not add up to it");
    }

    private static String text(JsonNode parts) {
        StringBuilder text = new StringBuilder();
        parts.forEach(part -> text.append(part.path("text").asString("")));
        return text.toString();
    }
}
