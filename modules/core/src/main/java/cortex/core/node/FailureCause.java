package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/// Why a model could not be loaded, or its engine ended: what kind of reason it is, and the line of
/// the engine's output that says so, null when no engine said anything.
public record FailureCause(Kind kind, @Nullable String line) {
    /// Nobody knows.
    public static final FailureCause UNKNOWN = new FailureCause(Kind.OTHER, null);

    /// What kind of reason a failure has. A kind that lasts stays until somebody changes something:
    /// the node's configuration, its driver, its files, or the profile.
    public enum Kind {
        /// A file that the profile names is not there, or cannot be read.
        FILE_MISSING("file_missing", true),
        /// A file is there, but not whole or not what it should be.
        FILE_DAMAGED("file_damaged", true),
        /// The engine does not know a flag, or does not take its value.
        ARGUMENT("argument", true),
        /// The engine does not know the model's architecture.
        ARCHITECTURE("architecture", true),
        /// The engine does not know how the weights are quantised.
        QUANTISATION("quantisation", true),
        /// The driver is missing, or does not fit the engine or the device.
        DRIVER("driver", true),
        /// The node does not allow what the profile asks for.
        REFUSED("refused", true),
        /// There was not enough memory, of a device or of the host.
        OUT_OF_MEMORY("out_of_memory", false),
        /// The port is taken by another program.
        PORT_TAKEN("port_taken", false),
        /// Anything else.
        OTHER("other", false);

        private final String word;
        private final boolean lasting;

        Kind(String word, boolean lasting) {
            this.word = word;
            this.lasting = lasting;
        }

        /// The word on the wire.
        @JsonValue
        public String word() {
            return word;
        }

        /// Whether trying again is no use until something was changed.
        public boolean lasting() {
            return lasting;
        }

        /// The kind of that word; another version may have more of them.
        @JsonCreator
        static Kind of(@Nullable String word) {
            for (Kind kind : values()) {
                if (kind.word.equals(word)) {
                    return kind;
                }
            }
            return OTHER;
        }
    }

    public FailureCause {
        kind = kind == null ? Kind.OTHER : kind;
    }

    /// A cause of which the engine's output says nothing.
    public static FailureCause of(Kind kind) {
        return new FailureCause(kind, null);
    }

    /// What an operator reads first: the engine's own line, else `reason`, our sentence.
    public String lineOr(String reason) {
        return line == null ? reason : line;
    }
}
