package cortex.core.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The harnesses, and what each can do with its engine. Catalogue and neuron configuration use
/// their names. Only this file tells one harness from another: other code asks its methods, and the
/// compiler asks each method about a new harness. {@link EngineApi} has the facts about requests.
public enum HarnessKind {
    /// Runs mistral.rs.
    MISTRALRS("mistralrs"),
    /// Runs llama.cpp's llama-server.
    LLAMACPP("llamacpp"),
    /// Runs the demo engine that comes with this program.
    DEMO("demo");

    private static final List<HarnessKind> ALL = List.of(values());

    private final String word;

    HarnessKind(String word) {
        this.word = word;
    }

    /// The name in configuration, catalogue and the neuron API.
    public String word() {
        return word;
    }

    /// The names of all harnesses.
    public static List<String> words() {
        return ALL.stream().map(HarnessKind::word).toList();
    }

    /// The harness of this name; null when there is none.
    public static @Nullable HarnessKind find(String name) {
        for (HarnessKind kind : ALL) {
            if (kind.word.equals(name)) {
                return kind;
            }
        }
        return null;
    }

    /// The harness of this name.
    ///
    /// @throws IllegalArgumentException when there is none
    public static HarnessKind of(String name) {
        HarnessKind kind = find(name);
        if (kind == null) {
            throw new IllegalArgumentException("no such harness: " + name);
        }
        return kind;
    }

    /// The engine's name in sentences.
    public String engine() {
        return switch (this) {
            case MISTRALRS -> "mistral.rs";
            case LLAMACPP -> "llama.cpp";
            case DEMO -> "the demo engine";
        };
    }

    /// Whose API the engine speaks unless it tells otherwise.
    EngineApi api() {
        return switch (this) {
            case MISTRALRS -> EngineApi.MISTRALRS;
            case LLAMACPP, DEMO -> EngineApi.LLAMA_SERVER;
        };
    }

    /// Whether the engine splits a model over devices in any proportion. llama-server splits
    /// layers; others share tensors, which needs devices of one kind.
    public boolean splitsUnevenly() {
        return switch (this) {
            case LLAMACPP -> true;
            case MISTRALRS, DEMO -> false;
        };
    }

    /// Whether the harness can use an engine that somebody else has started.
    public boolean connects() {
        return switch (this) {
            case MISTRALRS -> true;
            case LLAMACPP, DEMO -> false;
        };
    }

    /// Whether the operator has to name the engine's program, unless the harness connects to one.
    public boolean needsProgram() {
        return switch (this) {
            case MISTRALRS, LLAMACPP -> true;
            case DEMO -> false;
        };
    }

    /// Whether the engine reads a model from a file or a repository.
    public boolean needsModel() {
        return switch (this) {
            case MISTRALRS, LLAMACPP -> true;
            case DEMO -> false;
        };
    }

    /// Whether the engine takes of a repository the one file with the tag in its name, and has a
    /// cache of its own; another takes all of the repository.
    public boolean takesOneFile() {
        return switch (this) {
            case LLAMACPP -> true;
            case MISTRALRS, DEMO -> false;
        };
    }

    /// The sign between the paths of a list in the engine's arguments.
    public String listSeparator() {
        return switch (this) {
            case MISTRALRS -> ";";
            case LLAMACPP, DEMO -> ",";
        };
    }

    /// Whether the engine takes every path that holds the list's sign for several.
    public boolean splitsEveryPath() {
        return switch (this) {
            case MISTRALRS -> true;
            case LLAMACPP, DEMO -> false;
        };
    }

    /// Whether the engine takes a value that begins with `-` for a flag, unless an equals sign
    /// joins it to its own.
    public boolean joinsDashedValues() {
        return switch (this) {
            case MISTRALRS -> true;
            case LLAMACPP, DEMO -> false;
        };
    }
}
