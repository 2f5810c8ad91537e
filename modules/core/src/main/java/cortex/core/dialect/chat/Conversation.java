package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Assistant;
import cortex.core.dialect.chat.Turn.Instruction;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Reminder;
import cortex.core.dialect.chat.Turn.ToolResult;
import cortex.core.dialect.chat.Turn.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A conversation in the shape that chat templates take: one system text, then turns that
/// alternate, each tool call answered right after it. Folding never moves text towards the head:
/// the same conversation, one turn longer, begins with the same messages, so that the engine's
/// prefix cache holds.
public record Conversation(String system, List<Turn> turns) {
    private static final Set<String> INSTRUCTING = Set.of("system", "developer");

    public Conversation {
        turns = List.copyOf(turns);
    }

    /// Arranges a conversation as it came.
    ///
    /// @throws cortex.core.failure.FailureException when the model refuses system turns in the
    ///   middle, in words that coding agents answer by sending the request without them
    public static Conversation arrange(String system, List<Turn> turns, Quirks quirks) {
        Folding folding = new Folding(system, quirks);
        turns.forEach(folding::add);
        return new Conversation(folding.system, ToolPairs.of(folding.result()));
    }

    /// Where in a list of messages, as it came, the last one is that is no instruction: agents put
    /// instructions of their own after what the user said.
    public static int lastSaid(JsonNode messages) {
        int last = messages.size() - 1;
        while (last > 0 && INSTRUCTING.contains(messages.path(last).path("role").asString(""))) {
            last--;
        }
        return last;
    }

    /// Whether any tool was called in it.
    public boolean hasCalls() {
        return turns.stream().anyMatch(turn -> turn instanceof Assistant a && !a.calls().isEmpty());
    }

    /// Whether it ends in the middle of the model's own turn, which the model is to go on with.
    public boolean endsWithAssistant() {
        return !turns.isEmpty() && turns.getLast() instanceof Assistant;
    }

    /// The text of the turn that the model is to go on with; empty when there is none.
    public String prefill() {
        if (turns.isEmpty() || !(turns.getLast() instanceof Assistant last)) {
            return "";
        }
        return last.text();
    }

    /// Merges neighbours of the same side and finds a place for system turns.
    private static final class Folding {
        private final Quirks quirks;
        private final List<Turn> kept = new ArrayList<>();
        private final List<Part> held = new ArrayList<>();
        private final List<Instruction> preserved = new ArrayList<>();
        private String system;

        Folding(String system, Quirks quirks) {
            this.system = system;
            this.quirks = quirks;
        }

        void add(Turn turn) {
            switch (turn) {
                case User user -> user(user);
                case Assistant assistant -> assistant(assistant);
                case Instruction instruction -> instruction(instruction);
            }
        }

        List<Turn> result() {
            release(new User(List.of(), List.of()));
            return kept;
        }

        private void user(User user) {
            if (last() instanceof User before) {
                kept.set(kept.size() - 1, merged(before, user));
            } else {
                release(user);
            }
        }

        private void assistant(Assistant turn) {
            if (last() instanceof Assistant before && held.isEmpty() && preserved.isEmpty()) {
                kept.set(kept.size() - 1, merged(before, turn));
            } else {
                release(new User(List.of(), List.of()));
                kept.add(turn);
            }
        }

        private void instruction(Instruction instruction) {
            if (kept.isEmpty()) {
                system = Texts.join(system, instruction.text());
                return;
            }
            switch (quirks.systemInMiddle()) {
                case FOLD -> fold(new Reminder(reminder(instruction.text())));
                case PRESERVE -> {
                    if (awaitsResults()) {
                        preserved.add(instruction);
                    } else {
                        kept.add(instruction);
                    }
                }
                case REJECT ->
                        throw ChatJson.bad(
                                "messages."
                                        + instruction.place()
                                        + ".role: Input should be 'user' or 'assistant'",
                                "messages");
            }
        }

        private void fold(Reminder reminder) {
            if (last() instanceof User before) {
                kept.set(kept.size() - 1, with(before, List.of(), List.of(reminder)));
            } else {
                held.add(reminder);
            }
        }

        /// Puts a user's turn after what is kept, with the system texts that waited for it: behind
        /// its own words when it answers tool calls, else before them.
        private void release(User user) {
            User next = awaitsResults() ? with(user, List.of(), held) : with(user, held, List.of());
            held.clear();
            if (!next.results().isEmpty() || !next.parts().isEmpty()) {
                kept.add(next);
            }
            kept.addAll(preserved);
            preserved.clear();
        }

        private boolean awaitsResults() {
            return last() instanceof Assistant before && !before.calls().isEmpty();
        }

        private @Nullable Turn last() {
            return kept.isEmpty() ? null : kept.getLast();
        }

        private static String reminder(String text) {
            return "<system-reminder>\n" + text + "\n</system-reminder>";
        }

        private static User with(
                User user, List<? extends Part> before, List<? extends Part> after) {
            List<Part> parts = new ArrayList<>(before);
            parts.addAll(user.parts());
            parts.addAll(after);
            return new User(user.results(), parts);
        }

        private static User merged(User first, User second) {
            List<ToolResult> results = new ArrayList<>(first.results());
            results.addAll(second.results());
            List<Part> parts = new ArrayList<>(first.parts());
            parts.addAll(second.parts());
            return new User(results, parts);
        }

        private static Assistant merged(Assistant first, Assistant second) {
            var calls = new ArrayList<>(first.calls());
            calls.addAll(second.calls());
            boolean both = !first.reasoning().isEmpty() && !second.reasoning().isEmpty();
            String reasoning = first.reasoning() + (both ? "\n" : "") + second.reasoning();
            return new Assistant(Texts.join(first.text(), second.text()), reasoning, calls);
        }
    }
}
