package cortex.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Takes values out of JSON for a table; what is not there is a dash.
public final class Fields {
    private Fields() {}

    /// A text, number or list.
    public static String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        if (value.isArray()) {
            return words(value);
        }
        return value.isMissingNode() || value.isNull() ? "-" : value.asString();
    }

    /// Whether an entry of /v1/models is another name of a model that has an entry of its own.
    public static boolean isAlias(JsonNode model) {
        String id = model.path("id").asString("?");
        return !model.path("root").asString(id).equals(id);
    }

    /// A list with commas.
    public static String words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asString()));
        return words.isEmpty() ? "-" : String.join(", ", words);
    }

    /// A number with its unit.
    public static String number(JsonNode object, String name, String unit) {
        JsonNode value = object.path(name);
        return value.isNumber() ? value.asString() + unit : "-";
    }

    /// MiB as GiB, where it is that much.
    public static String mib(JsonNode object, String name) {
        JsonNode value = object.path(name);
        if (!value.isNumber()) {
            return "-";
        }
        return String.format(Locale.ROOT, "%.0f MiB", value.asDouble());
    }
}
