package cortex.core.files;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/// What a node has of one model's files. `sizeMb` is what they take on disk, null unless they are
/// present; `freeMb` what is free where the model would be downloaded to, null when it need not be
/// or that is unknown. `file` is the first that is lacking, as the profile names it, and `why` says
/// what is the matter with it; both are null when none is. `stamp` is another when the files have
/// changed.
public record ModelFiles(
        String id,
        State state,
        @Nullable Long sizeMb,
        @Nullable Long freeMb,
        @Nullable String file,
        @Nullable String why,
        @Nullable String stamp) {
    /// How a model's files are.
    public enum State {
        /// All are there and can be read, or it names none.
        PRESENT("present", false),
        /// One is not there.
        ABSENT("absent", true),
        /// One is there and cannot be read.
        UNREADABLE("unreadable", true),
        /// They are not there, and the engine may download them.
        DOWNLOADABLE("downloadable", false),
        /// Nobody knows.
        UNKNOWN("unknown", false);

        private final String word;
        private final boolean lacking;

        State(String word, boolean lacking) {
            this.word = word;
            this.lacking = lacking;
        }

        /// The word on the wire.
        @JsonValue
        public String word() {
            return word;
        }

        /// The state of that word; another version may have more of them.
        @JsonCreator
        static State of(@Nullable String word) {
            for (State state : values()) {
                if (state.word.equals(word)) {
                    return state;
                }
            }
            return UNKNOWN;
        }
    }

    public ModelFiles {
        state = state == null ? State.UNKNOWN : state;
    }

    /// A model of whose files nothing is known.
    public static ModelFiles unknown(String id) {
        return new ModelFiles(id, State.UNKNOWN, null, null, null, null, null);
    }

    /// A model that cannot be loaded for want of `file`.
    public static ModelFiles lacking(String id, State state, String file, String why) {
        return new ModelFiles(id, state, null, null, file, why, null);
    }

    /// Whether the node can have no use for a load of it before that changes.
    public boolean lacks() {
        return state.lacking;
    }

    /// What is lacking, in words that go on after the node's name; only when something is.
    public String text() {
        String verb = state == State.UNREADABLE ? "cannot read " : "lacks ";
        return verb + file + (why == null ? "" : " (" + why + ")");
    }
}
