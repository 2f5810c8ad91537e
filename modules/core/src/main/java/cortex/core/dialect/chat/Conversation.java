package cortex.core.dialect.chat;

import cortex.core.dialect.Interrupts;
import cortex.core.dialect.chat.Turn.Assistant;
import cortex.core.dialect.chat.Turn.Instruction;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Reminder;
import cortex.core.dialect.chat.Turn.ToolCall;
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
        return new Conversation(folding.system(), ToolPairs.of(folding.result()));
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

    /// Merges neighbours of the same side and finds a place for system turns. A run of neighbours
    /// grows in place and becomes a turn once, when it ends.
    private static final class Folding {
        private final Quirks quirks;
        private final List<String> system = new ArrayList<>();
        private final List<Turn> kept = new ArrayList<>();
        private final List<Part> held = new ArrayList<>();
        private final List<Instruction> preserved = new ArrayList<>();
        private @Nullable Run run;

        Folding(String system, Quirks quirks) {
            this.system.add(system);
            this.quirks = quirks;
        }

        /// Neighbours of one side.
        private sealed interface Run {
            Turn turn();
        }

        private record UserRun(List<ToolResult> results, List<Part> parts) implements Run {
            UserRun() {
                this(new ArrayList<>(), new ArrayList<>());
            }

            void add(User user) {
                results.addAll(user.results());
                parts.addAll(user.parts());
            }

            boolean isEmpty() {
                return results.isEmpty() && parts.isEmpty();
            }

            @Override
            public Turn turn() {
                return new User(results, parts);
            }
        }

        private record AssistantRun(List<String> texts, List<String> thoughts, List<ToolCall> calls)
                implements Run {
            AssistantRun() {
                this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            }

            void add(Assistant turn) {
                texts.add(turn.text());
                if (!turn.reasoning().isEmpty()) {
                    thoughts.add(turn.reasoning());
                }
                calls.addAll(turn.calls());
            }

            @Override
            public Turn turn() {
                return new Assistant(Texts.join(texts), String.join("\n", thoughts), calls);
            }
        }

        void add(Turn turn) {
            Interrupts.check();
            switch (turn) {
                case User user -> user(user);
                case Assistant assistant -> assistant(assistant);
                case Instruction instruction -> instruction(instruction);
            }
        }

        String system() {
            return Texts.join(system);
        }

        List<Turn> result() {
            release(new UserRun());
            closeRun();
            return kept;
        }

        private void user(User user) {
            if (run instanceof UserRun open) {
                open.add(user);
            } else {
                UserRun begun = new UserRun();
                begun.add(user);
                release(begun);
            }
        }

        private void assistant(Assistant turn) {
            if (run instanceof AssistantRun open && held.isEmpty() && preserved.isEmpty()) {
                open.add(turn);
            } else {
                release(new UserRun());
                AssistantRun begun = new AssistantRun();
                begun.add(turn);
                open(begun);
            }
        }

        private void instruction(Instruction instruction) {
            if (kept.isEmpty() && run == null) {
                system.add(instruction.text());
                return;
            }
            switch (quirks.turns().systemInMiddle()) {
                case FOLD -> fold(new Reminder(reminder(instruction.text())));
                case PRESERVE -> {
                    if (awaitsResults()) {
                        preserved.add(instruction);
                    } else {
                        closeRun();
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
            if (run instanceof UserRun open) {
                open.parts().add(reminder);
            } else {
                held.add(reminder);
            }
        }

        /// Puts a user's turn after what is kept, with the system texts that waited for it: behind
        /// its own words when it answers tool calls, else before them.
        private void release(UserRun user) {
            user.parts().addAll(awaitsResults() ? user.parts().size() : 0, held);
            held.clear();
            if (!user.isEmpty()) {
                open(user);
            }
            if (!preserved.isEmpty()) {
                closeRun();
                kept.addAll(preserved);
                preserved.clear();
            }
        }

        private boolean awaitsResults() {
            return run instanceof AssistantRun before && !before.calls().isEmpty();
        }

        private void open(Run next) {
            closeRun();
            run = next;
        }

        private void closeRun() {
            if (run != null) {
                kept.add(run.turn());
                run = null;
            }
        }

        private static String reminder(String text) {
            return "<system-reminder>\n" + text + "\n</system-reminder>";
        }
    }
}
