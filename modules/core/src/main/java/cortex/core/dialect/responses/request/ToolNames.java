package cortex.core.dialect.responses.request;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the names of the functions that the engine is given stand for in the request.
///
/// @param known by the engine's name
public record ToolNames(Map<String, Origin> known) {
    /// No tools but plain functions.
    public static final ToolNames NONE = new ToolNames(Map.of());

    public ToolNames {
        known = Map.copyOf(known);
    }

    /// A tool of the request: `custom` takes free text instead of JSON; `namespace` is the one it
    /// stood in, or null.
    public record Origin(boolean custom, String name, @Nullable String namespace) {}

    /// What a name stands for; a name that was never given is a plain function's.
    public Origin of(String engineName) {
        Origin origin = known.get(engineName);
        return origin == null ? new Origin(false, engineName, null) : origin;
    }

    /// The engine's name for a tool in a namespace.
    static String flat(@Nullable String namespace, String name) {
        return namespace == null || namespace.isEmpty() ? name : namespace + "__" + name;
    }
}
