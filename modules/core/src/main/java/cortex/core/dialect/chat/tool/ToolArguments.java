package cortex.core.dialect.chat.tool;

import cortex.core.dialect.LoneSurrogates;
import cortex.core.dialect.RequestLimits;
import cortex.core.dialect.chat.ChatJson;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Arguments of tool calls, in both directions. To an engine they must always parse as an object:
/// llama-server answers 500 to every later turn of a conversation that holds others. From an engine
/// they may be cut off or broken, and must never cost the whole answer.
public final class ToolArguments {
    private ToolArguments() {}

    /// The text for a call's input: an object as it is, nothing as `{}`, anything else wrapped.
    public static String ofInput(@Nullable JsonNode input) {
        if (input == null || input.isNull() || input.isMissingNode()) {
            return "{}";
        }
        return ChatJson.text(input.isObject() ? input : wrapped(input));
    }

    /// Arguments of an earlier turn, unchanged when they are an object's text, else repaired.
    public static String repaired(String arguments) {
        String sound = LoneSurrogates.replaced(arguments);
        return ChatJson.isObject(sound) ? sound : ChatJson.text(toInput(sound));
    }

    /// What a model's arguments mean: the object; `{}` for nothing; another value wrapped; a text
    /// that was cut off, closed; and what cannot be understood, kept as it is in the form that
    /// coding agents show to the model again.
    public static ObjectNode toInput(String arguments) {
        if (arguments.isBlank()) {
            return ChatJson.object();
        }
        JsonNode parsed = ChatJson.parse(arguments);
        if (parsed == null) {
            parsed = closed(arguments);
        }
        if (parsed == null) {
            ObjectNode kept = ChatJson.object();
            kept.putObject("__unparsedToolInput")
                    .put("raw", arguments)
                    .put("len", arguments.length());
            return kept;
        }
        return parsed instanceof ObjectNode object ? object : wrapped(parsed);
    }

    /// Whether a text is a whole JSON object, or nothing, which stands for one.
    public static boolean complete(String arguments) {
        return arguments.isBlank() || ChatJson.isObject(arguments);
    }

    private static ObjectNode wrapped(JsonNode value) {
        ObjectNode object = ChatJson.object();
        object.set("value", value);
        return object;
    }

    /// What a cut-off text says when its strings and brackets are closed, or null.
    private static @Nullable JsonNode closed(String cut) {
        Deque<Character> open = new ArrayDeque<>();
        boolean inString = false;
        int escapeAt = -1;
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            if (inString) {
                if (c == '\\') {
                    escapeAt = i;
                    i++;
                } else if (c == '"') {
                    inString = false;
                }
            } else {
                switch (c) {
                    case '"' -> inString = true;
                    case '{' -> open.push('}');
                    case '[' -> open.push(']');
                    case '}', ']' -> open.poll();
                    default -> {}
                }
                if (open.size() > RequestLimits.MAX_DEPTH) {
                    return null;
                }
            }
        }
        StringBuilder brackets = new StringBuilder();
        open.forEach(brackets::append);
        return firstThatParses(inString ? strings(cut, escapeAt) : values(cut), brackets);
    }

    private static List<String> strings(String cut, int escapeAt) {
        String whole = cut + '"';
        String unescaped = escapeAt < 0 ? whole : cut.substring(0, escapeAt) + '"';
        return List.of(whole, unescaped, whole + ":null", unescaped + ":null");
    }

    private static List<String> values(String cut) {
        String stripped = cut.stripTrailing();
        String uncommaed =
                stripped.endsWith(",") ? stripped.substring(0, stripped.length() - 1) : stripped;
        int number = uncommaed.length();
        while (number > 0 && "+-.eE".indexOf(uncommaed.charAt(number - 1)) >= 0) {
            number--;
        }
        return List.of(
                uncommaed, uncommaed + "null", uncommaed + ":null", uncommaed.substring(0, number));
    }

    private static @Nullable JsonNode firstThatParses(List<String> texts, CharSequence brackets) {
        for (String text : texts) {
            JsonNode node = ChatJson.parse(text + brackets);
            if (node != null) {
                return node;
            }
        }
        return null;
    }
}
