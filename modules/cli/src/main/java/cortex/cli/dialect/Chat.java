package cortex.cli.dialect;

import cortex.cli.dialect.ReadAnswer.Call;
import cortex.cli.dialect.ReadAnswer.Stop;
import cortex.cli.dialect.ReadAnswer.Usage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI chat completions.
record Chat() implements Dialect {
    @Override
    public String name() {
        return "chat";
    }

    @Override
    public String path() {
        return "/v1/chat/completions";
    }

    @Override
    public JsonNode body(Prompt prompt) {
        ObjectNode body = prompt.options("max_tokens");
        if (prompt.stream()) {
            body.putObject("stream_options").put("include_usage", true);
        }
        ArrayNode messages = body.putArray("messages");
        ObjectNode user = messages.addObject().put("role", "user");
        if (prompt.picture() == null) {
            user.put("content", prompt.text());
        } else {
            ArrayNode parts = user.putArray("content");
            parts.addObject().put("type", "text").put("text", prompt.text());
            parts.addObject()
                    .put("type", "image_url")
                    .putObject("image_url")
                    .put("url", "data:image/png;base64," + prompt.picture());
        }
        if (prompt.called() != null) {
            results(messages, prompt.called());
        }
        if (!prompt.tools().isEmpty()) {
            ArrayNode tools = body.putArray("tools");
            for (String name : prompt.tools()) {
                Prompt.describe(
                        tools.addObject().put("type", "function").putObject("function"),
                        name,
                        "parameters");
            }
            body.put("parallel_tool_calls", true);
        }
        return body;
    }

    private static void results(ArrayNode messages, ReadAnswer told) {
        ObjectNode assistant = messages.addObject().put("role", "assistant");
        assistant.put("content", told.text());
        ArrayNode calls = assistant.putArray("tool_calls");
        for (Call call : told.calls()) {
            calls.addObject()
                    .put("id", call.id())
                    .put("type", "function")
                    .putObject("function")
                    .put("name", call.name())
                    .put("arguments", call.arguments());
        }
        for (Call call : told.calls()) {
            messages.addObject()
                    .put("role", "tool")
                    .put("tool_call_id", call.id())
                    .put("content", Prompt.RESULT);
        }
    }

    @Override
    public void whole(JsonNode answer, Reading reading) {
        reading.must(
                answer.path("object").asString("").equals("chat.completion"),
                "object is not chat.completion");
        reading.must(answer.path("id").isString(), "id is no string");
        reading.must(answer.path("model").isString(), "model is no string");
        reading.must(answer.path("choices").size() == 1, "there is not one choice");
        JsonNode choice = answer.path("choices").path(0);
        JsonNode message = choice.path("message");
        reading.must(
                message.path("role").asString("").equals("assistant"), "role is not assistant");
        reading.text(message.path("content").asString(""));
        reading.thought(thought(message));
        for (JsonNode call : message.path("tool_calls")) {
            reading.must(
                    call.path("type").asString("").equals("function"),
                    "a tool call's type is not function");
            reading.must(
                    call.path("function").path("arguments").isString(),
                    "a tool call's arguments are no string");
            reading.call(
                    new Call(
                            call.path("id").asString(""),
                            call.path("function").path("name").asString(""),
                            call.path("function").path("arguments").asString("")));
        }
        finish(choice.path("finish_reason").asString(""), reading);
        usage(answer.path("usage"), reading);
    }

    @Override
    public void stream(Events events, Reading reading) throws IOException {
        new ChatStream(reading).read(events);
    }

    static String thought(JsonNode message) {
        return message.path("reasoning_content").asString(message.path("reasoning").asString(""));
    }

    static void finish(String reason, Reading reading) {
        Stop stop =
                switch (reason) {
                    case "stop" -> Stop.END;
                    case "length" -> Stop.LIMIT;
                    case "tool_calls" -> Stop.TOOLS;
                    case "content_filter" -> Stop.REFUSED;
                    default -> Stop.UNKNOWN;
                };
        reading.must(stop != Stop.UNKNOWN, "finish_reason is '" + reason + "'");
        reading.stop(stop);
    }

    static void usage(JsonNode usage, Reading reading) {
        reading.must(usage.isObject(), "usage is no object");
        Long prompt = reading.count(usage, "prompt_tokens", true);
        Long output = reading.count(usage, "completion_tokens", true);
        Long total = reading.count(usage, "total_tokens", true);
        reading.must(adds(prompt, output, total), "usage.total_tokens is not the sum");
        Long cached = reading.count(usage.path("prompt_tokens_details"), "cached_tokens", false);
        reading.must(
                cached == null || prompt == null || cached <= prompt,
                "more tokens are cached than the prompt has");
        reading.usage(new Usage(prompt, output));
    }

    private static boolean adds(@Nullable Long one, @Nullable Long other, @Nullable Long sum) {
        return one == null || other == null || sum == null || one + other == sum;
    }
}
