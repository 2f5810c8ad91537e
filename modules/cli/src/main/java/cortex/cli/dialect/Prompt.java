package cortex.cli.dialect;

import cortex.core.node.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// One question, whatever the dialect: a user's `text` to `model`, at most `limit` tokens of
/// answer, the `tools` that may be called, and, to give their results, the answer that `called`
/// them. `picture` is the base64 of a PNG shown with the text.
public record Prompt(
        String model,
        String text,
        int limit,
        boolean stream,
        List<String> tools,
        @Nullable ReadAnswer called,
        @Nullable String picture) {
    /// What every tool call is answered with.
    public static final String RESULT = "{\"answer\":\"sunny, 21 degrees, 12:00\"}";

    public Prompt {
        tools = List.copyOf(tools);
    }

    /// A plain question.
    public static Prompt of(String model, String text, int limit) {
        return new Prompt(model, text, limit, false, List.of(), null, null);
    }

    /// The same, streamed or whole.
    public Prompt streamed(boolean yes) {
        return new Prompt(model, text, limit, yes, tools, called, picture);
    }

    /// The same with these tools; each takes a city.
    public Prompt with(String... names) {
        return new Prompt(model, text, limit, stream, List.of(names), called, picture);
    }

    /// The next turn: the answer that called tools, and their results.
    public Prompt answered(ReadAnswer calls) {
        return new Prompt(model, text, limit, stream, tools, calls, picture);
    }

    /// The same with a picture.
    public Prompt showing(String png) {
        return new Prompt(model, text, limit, stream, tools, called, png);
    }

    /// A body with what every dialect calls the same; `limit` is the name of the limit's field.
    ObjectNode options(String limit) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("model", model).put(limit, this.limit).put("temperature", 0);
        return stream ? body.put("stream", true) : body;
    }

    /// Describes a tool under `name`, its schema under the field that the dialect calls it by.
    static void describe(ObjectNode tool, String name, String schema) {
        tool.put("name", name);
        tool.put("description", "Tells the " + name.replaceFirst(".*_", "") + " in a city now.");
        ObjectNode parameters = tool.putObject(schema).put("type", "object");
        parameters.putObject("properties").putObject("city").put("type", "string");
        parameters.putArray("required").add("city");
    }
}
