package cortex.demo.script;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The directives of one message with their arguments as written, in order. What is not understood
/// is plain text and does nothing; of a directive given twice the last counts, but for tools.
record Directives(Map<Directive, List<String>> given) {
    /// A tool call asked for: its name and its arguments as written.
    record Call(String name, String arguments) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Reads every directive of `text`.
    static Directives of(String text) {
        Map<Directive, List<String>> given = new EnumMap<>(Directive.class);
        int from = text.indexOf("[[");
        while (from >= 0) {
            int end = end(text, from + 2);
            if (end < 0) {
                break;
            }
            String[] words = text.substring(from + 2, end).strip().split("\\s+", 2);
            String argument = words.length > 1 ? words[1] : "";
            Directive directive = Directive.of(words[0], argument);
            if (directive != null) {
                given.computeIfAbsent(directive, d -> new ArrayList<>()).add(argument);
            }
            from = text.indexOf("[[", end + 2);
        }
        return new Directives(given);
    }

    /// Where the directive that begins at `from` ends; brackets within a JSON argument do not
    /// count.
    private static int end(String text, int from) {
        int depth = 0;
        boolean quoted = false;
        for (int i = from; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (depth > 0 && c == '"') {
                quoted = !quoted;
            } else if (!quoted && c == '{') {
                depth++;
            } else if (!quoted && c == '}') {
                depth--;
            } else if (depth <= 0 && c == ']' && text.charAt(i + 1) == ']') {
                return i;
            }
        }
        return -1;
    }

    boolean has(Directive directive) {
        return given.containsKey(directive);
    }

    /// The argument of a directive, or null when it was not given.
    @Nullable String argument(Directive directive) {
        List<String> all = given.get(directive);
        return all == null ? null : all.getLast();
    }

    /// The number after a directive, or `fallback` when it was not given.
    int number(Directive directive, int fallback) {
        String argument = argument(directive);
        return argument == null ? fallback : Integer.parseInt(argument);
    }

    /// The fault asked for, the worst when there are several.
    Fault fault() {
        for (Fault.Kind kind : List.of(Fault.Kind.CRASH, Fault.Kind.DIE, Fault.Kind.ERROR)) {
            String argument = argument(Directive.valueOf(kind.name()));
            if (argument != null) {
                boolean now = argument.isEmpty();
                return new Fault(kind, now ? 0 : Integer.parseInt(argument.split("\\s+", 2)[1]));
            }
        }
        return Fault.NONE;
    }

    /// The tool calls asked for, those apart whose arguments are not JSON.
    List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        for (String argument : given.getOrDefault(Directive.TOOL, List.of())) {
            String[] words = argument.split("\\s+", 2);
            String arguments = words.length > 1 ? words[1] : "{}";
            if (isJson(arguments)) {
                calls.add(new Call(words[0], arguments));
            }
        }
        return calls;
    }

    private static boolean isJson(String text) {
        try {
            JSON.readTree(text);
            return true;
        } catch (JacksonException e) {
            return false;
        }
    }
}
