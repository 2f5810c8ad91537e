package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The tools that Anthropic's API defines by a type alone and the client runs itself: their
/// descriptions and parameters, written out for models that were not trained on them.
final class ClientTools {
    private ClientTools() {}

    /// A tool's description and parameters.
    record Definition(String description, ObjectNode parameters) {}

    /// The definition for a type such as `bash_20250124`; null when the type is none of these.
    static @Nullable Definition of(String type) {
        if (type.startsWith("bash_")) {
            return bash();
        }
        if (type.startsWith("text_editor_")) {
            return editor();
        }
        return type.startsWith("memory_") ? memory() : null;
    }

    private static Definition bash() {
        ObjectNode properties = ChatJson.object();
        field(properties, "command", "string", "The command to run.");
        field(properties, "restart", "boolean", "Restart the shell instead of running a command.");
        return new Definition(
                "Run a command in a persistent bash shell.", schema(properties, List.of()));
    }

    private static Definition editor() {
        ObjectNode properties = ChatJson.object();
        choice(properties, List.of("view", "create", "str_replace", "insert", "undo_edit"));
        field(properties, "path", "string", "Absolute path of the file or directory.");
        field(properties, "file_text", "string", "create: the file's content.");
        field(properties, "old_str", "string", "str_replace: the text to replace, unique.");
        field(properties, "new_str", "string", "str_replace and insert: the new text.");
        field(properties, "insert_line", "integer", "insert: the line to insert after.");
        field(properties, "insert_text", "string", "insert: the text to insert.");
        range(properties);
        return new Definition(
                "View, create and edit files.", schema(properties, List.of("command", "path")));
    }

    private static Definition memory() {
        ObjectNode properties = ChatJson.object();
        choice(properties, List.of("view", "create", "str_replace", "insert", "delete", "rename"));
        field(properties, "path", "string", "Path under /memories.");
        field(properties, "file_text", "string", "create: the file's content.");
        field(properties, "old_str", "string", "str_replace: the text to replace.");
        field(properties, "new_str", "string", "str_replace: the new text.");
        field(properties, "insert_line", "integer", "insert: the line to insert after.");
        field(properties, "insert_text", "string", "insert: the text to insert.");
        field(properties, "old_path", "string", "rename: the present path.");
        field(properties, "new_path", "string", "rename: the new path.");
        range(properties);
        return new Definition(
                "Store and read notes that outlast the conversation.",
                schema(properties, List.of("command")));
    }

    private static void field(ObjectNode properties, String name, String type, String about) {
        properties.putObject(name).put("type", type).put("description", about);
    }

    private static void choice(ObjectNode properties, List<String> commands) {
        ArrayNode names = properties.putObject("command").put("type", "string").putArray("enum");
        commands.forEach(names::add);
    }

    private static void range(ObjectNode properties) {
        properties
                .putObject("view_range")
                .put("type", "array")
                .put("description", "view: first and last line.")
                .putObject("items")
                .put("type", "integer");
    }

    private static ObjectNode schema(ObjectNode properties, List<String> required) {
        ObjectNode schema = ChatJson.object().put("type", "object");
        schema.set("properties", properties);
        if (!required.isEmpty()) {
            ArrayNode names = schema.putArray("required");
            required.forEach(names::add);
        }
        return schema;
    }
}
