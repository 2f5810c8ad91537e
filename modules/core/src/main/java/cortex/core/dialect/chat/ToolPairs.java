package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Assistant;
import cortex.core.dialect.chat.Turn.Part;
import cortex.core.dialect.chat.Turn.Reminder;
import cortex.core.dialect.chat.Turn.Text;
import cortex.core.dialect.chat.Turn.ToolCall;
import cortex.core.dialect.chat.Turn.ToolResult;
import cortex.core.dialect.chat.Turn.User;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives each tool call exactly one result, right after it and in the calls' order: clients send
/// results in any order, twice, or not at all, and templates take none of that. Of calls with the
/// same id the first one has the result.
final class ToolPairs {
    private static final String NO_RESULT = "[no result: interrupted]";

    private ToolPairs() {}

    /// The turns with results paired; neighbours of the same side are already merged.
    static List<Turn> of(List<Turn> turns) {
        List<Turn> paired = new ArrayList<>();
        Assistant caller = null;
        for (Turn turn : turns) {
            if (caller != null) {
                User answers = turn instanceof User user ? user : null;
                paired.add(answered(caller, answers));
                caller = null;
                if (answers != null) {
                    continue;
                }
            }
            paired.add(turn instanceof User user ? answered(null, user) : turn);
            caller = turn instanceof Assistant a && !a.calls().isEmpty() ? a : null;
        }
        if (caller != null) {
            paired.add(answered(caller, null));
        }
        return paired;
    }

    private static User answered(@Nullable Assistant caller, @Nullable User user) {
        Map<String, ToolResult> given = new LinkedHashMap<>();
        List<Part> parts = new ArrayList<>();
        if (user != null) {
            user.results().forEach(result -> given.put(result.id(), result));
        }
        List<ToolResult> results = new ArrayList<>();
        for (ToolCall call : caller == null ? List.<ToolCall>of() : caller.calls()) {
            ToolResult result = given.remove(call.id());
            results.add(result == null ? new ToolResult(call.id(), NO_RESULT, List.of()) : result);
        }
        given.values().forEach(orphan -> orphan(orphan, parts));
        if (user != null) {
            parts.addAll(user.parts());
        }
        return remindersInLast(results, parts);
    }

    private static void orphan(ToolResult result, List<Part> parts) {
        String text = "[result of unknown tool call " + result.id() + "] " + result.text();
        parts.add(new Text(text.stripTrailing()));
        parts.addAll(result.images());
    }

    /// A turn with nothing but results stays one: the system's words go into the last result.
    private static User remindersInLast(List<ToolResult> results, List<Part> parts) {
        boolean onlyReminders = parts.stream().allMatch(part -> part instanceof Reminder);
        if (results.isEmpty() || parts.isEmpty() || !onlyReminders) {
            return new User(results, parts);
        }
        ToolResult last = results.removeLast();
        List<String> texts = new ArrayList<>();
        texts.add(last.text());
        for (Part part : parts) {
            if (part instanceof Reminder reminder) {
                texts.add(reminder.text());
            }
        }
        results.add(new ToolResult(last.id(), Texts.join(texts), last.images()));
        return new User(results, List.of());
    }
}
