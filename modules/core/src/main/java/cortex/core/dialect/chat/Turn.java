package cortex.core.dialect.chat;

import java.util.List;

/// One turn of a conversation, freed of the form any API gives it.
public sealed interface Turn {
    /// What a user's side said: results of tools, then text and images in their order.
    record User(List<ToolResult> results, List<Part> parts) implements Turn {
        public User {
            results = List.copyOf(results);
            parts = List.copyOf(parts);
        }
    }

    /// What the model said; `text` and `reasoning` are empty when there was none.
    record Assistant(String text, String reasoning, List<ToolCall> calls) implements Turn {
        public Assistant {
            calls = List.copyOf(calls);
        }
    }

    /// What the system said at this place; `place` is its index among the request's messages.
    record Instruction(String text, int place) implements Turn {}

    /// A tool the model called; `arguments` is a JSON object's text.
    record ToolCall(String id, String name, String arguments) {}

    /// What a tool answered; its images are shown after all results.
    record ToolResult(String id, String text, List<Image> images) {
        public ToolResult {
            images = List.copyOf(images);
        }

        /// This result with a text after its own.
        ToolResult plus(String more) {
            return new ToolResult(id, Texts.join(text, more), images);
        }
    }

    /// A piece of a user's turn.
    sealed interface Part {}

    /// Words of the user.
    record Text(String text) implements Part {}

    /// Words of the system that were folded into a user's turn.
    record Reminder(String text) implements Part {}

    /// An image by its URL, mostly a `data:` one.
    record Image(String url) implements Part {}
}
