package cortex.cli.dialect;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One answer as it was read. `raw` is the part of the answer that the next turn repeats, where the
/// dialect wants it word for word.
public record ReadAnswer(
        String text,
        String thought,
        List<Call> calls,
        Stop stop,
        Usage usage,
        Wire wire,
        @Nullable JsonNode raw) {
    public ReadAnswer {
        calls = List.copyOf(calls);
    }

    /// How the answer came: `signs` counts the signs of life in a stream that are no content,
    /// `faults` are sentences on what breaks the dialect's rules.
    public record Wire(int signs, List<String> faults) {
        public Wire {
            faults = List.copyOf(faults);
        }
    }

    /// A tool call; `arguments` is JSON text.
    public record Call(String id, String name, String arguments) {}

    /// Why an answer ended.
    public enum Stop {
        /// It was complete.
        END,
        /// It reached the limit of its length.
        LIMIT,
        /// It waits for the results of its tool calls.
        TOOLS,
        /// It was refused or filtered.
        REFUSED,
        /// It did not say, or said something unknown.
        UNKNOWN
    }

    /// Tokens as told: all of the prompt's, cached ones included, and the answer's. Null: not told.
    public record Usage(@Nullable Long prompt, @Nullable Long output) {
        /// Nothing was told.
        public static final Usage NONE = new Usage(null, null);

        /// Whether both were told, and are numbers of tokens.
        public boolean told() {
            return prompt != null && prompt > 0 && output != null && output > 0;
        }
    }

    /// Whether there is anything in it.
    public boolean empty() {
        return text.isBlank() && thought.isBlank() && calls.isEmpty();
    }
}
