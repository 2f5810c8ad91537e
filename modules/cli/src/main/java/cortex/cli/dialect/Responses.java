package cortex.cli.dialect;

import cortex.cli.dialect.ReadAnswer.Call;
import cortex.cli.dialect.ReadAnswer.Stop;
import cortex.cli.dialect.ReadAnswer.Usage;
import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI Responses, stateless.
record Responses() implements Dialect {
    @Override
    public String name() {
        return "responses";
    }

    @Override
    public String path() {
        return "/v1/responses";
    }

    @Override
    public JsonNode body(Prompt prompt) {
        ObjectNode body = prompt.options("max_output_tokens").put("store", false);
        ArrayNode input = body.putArray("input");
        ArrayNode content =
                input.addObject().put("type", "message").put("role", "user").putArray("content");
        content.addObject().put("type", "input_text").put("text", prompt.text());
        if (prompt.picture() != null) {
            content.addObject()
                    .put("type", "input_image")
                    .put("image_url", "data:image/png;base64," + prompt.picture());
        }
        ReadAnswer called = prompt.called();
        if (called != null) {
            if (called.raw() != null) {
                called.raw().forEach(input::add);
            }
            for (Call call : called.calls()) {
                input.addObject()
                        .put("type", "function_call_output")
                        .put("call_id", call.id())
                        .put("output", Prompt.RESULT);
            }
        }
        if (!prompt.tools().isEmpty()) {
            ArrayNode tools = body.putArray("tools");
            for (String name : prompt.tools()) {
                ObjectNode tool = tools.addObject().put("type", "function").put("strict", false);
                Prompt.describe(tool, name, "parameters");
            }
            body.put("parallel_tool_calls", true);
        }
        return body;
    }

    @Override
    public void whole(JsonNode answer, Reading reading) {
        reading.must(
                answer.path("object").asString("").equals("response"), "object is not response");
        reading.must(answer.path("id").isString(), "id is no string");
        reading.must(answer.path("output").isArray(), "output is no array");
        for (JsonNode item : answer.path("output")) {
            item(item, reading);
        }
        reading.raw(answer.path("output"));
        String status = answer.path("status").asString("");
        String why = answer.path("incomplete_details").path("reason").asString("");
        Stop stop =
                switch (status) {
                    case "completed" -> reading.hasCalls() ? Stop.TOOLS : Stop.END;
                    case "incomplete" -> why.equals("content_filter") ? Stop.REFUSED : Stop.LIMIT;
                    default -> Stop.UNKNOWN;
                };
        String said = answer.path("error").path("message").asString("");
        reading.must(stop != Stop.UNKNOWN, "status is '" + status + "' " + said);
        reading.must(
                !status.equals("incomplete") || !why.isEmpty(), "incomplete_details has no reason");
        reading.stop(stop);
        usage(answer.path("usage"), reading);
    }

    private static void item(JsonNode item, Reading reading) {
        reading.must(!item.path("id").asString("").isEmpty(), "an item of the output has no id");
        String type = item.path("type").asString("");
        switch (type) {
            case "message" -> {
                for (JsonNode part : item.path("content")) {
                    reading.must(
                            part.path("type").asString("").equals("output_text"),
                            "a part of a message is not output_text");
                    reading.text(part.path("text").asString(""));
                }
            }
            case "reasoning" -> {
                item.path("content").forEach(p -> reading.thought(p.path("text").asString("")));
                item.path("summary").forEach(p -> reading.thought(p.path("text").asString("")));
            }
            case "function_call" ->
                    reading.call(
                            new Call(
                                    item.path("call_id").asString(""),
                                    item.path("name").asString(""),
                                    item.path("arguments").asString("")));
            default -> reading.fault("an item of the output has the type '" + type + "'");
        }
    }

    private static void usage(JsonNode usage, Reading reading) {
        reading.must(usage.isObject(), "usage is no object");
        Long input = reading.count(usage, "input_tokens", true);
        Long output = reading.count(usage, "output_tokens", true);
        Long total = reading.count(usage, "total_tokens", true);
        reading.must(
                input == null || output == null || total == null || input + output == total,
                "usage.total_tokens is not the sum");
        reading.usage(new Usage(input, output));
    }

    @Override
    public void stream(Events events, Reading reading) throws IOException {
        new ResponsesStream(this, reading).read(events);
    }
}
