package cortex.demo.script;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The directives of one message, `[[word argument …]]`; what is not understood is plain text and
/// does nothing. `tokens` is -1 when not given.
///
/// `[[tokens 100]]` `[[speed 20]]` `[[silent 2s]]` `[[crash after 5]]` `[[die after 5]]` `[[error
/// after 3]]` `[[stall after 2]]` `[[stall after 2 for 500ms]]` `[[refuse 500]]` `[[think]]` `[[say
/// TEXT]]` `[[tool NAME {json}]]` (several: parallel calls) `[[rounds 5]]` (the calls again after
/// each result, five times in all) `[[once]]` (the fault or refusal befalls only the first request)
///
/// In the calls' arguments and in what is said, `{{round}}` is the number of the round, from 1, and
/// in what is said `{{result}}` is the last tool's result.
public record Directives(
        int tokens,
        @Nullable Double speed,
        Duration silence,
        Fault fault,
        int refuse,
        boolean think,
        @Nullable String say,
        List<Call> calls,
        int rounds,
        boolean once) {
    /// A tool call asked for: its name and its arguments as written.
    public record Call(String name, String arguments) {}

    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public Directives {
        calls = List.copyOf(calls);
    }

    /// Reads every directive of `text`.
    public static Directives of(String text) {
        Directives all =
                new Directives(
                        -1, null, Duration.ZERO, Fault.NONE, 0, false, null, List.of(), 1, false);
        int from = text.indexOf("[[");
        while (from >= 0) {
            int end = end(text, from + 2);
            if (end < 0) {
                return all;
            }
            all = all.with(text.substring(from + 2, end).strip());
            from = text.indexOf("[[", end + 2);
        }
        return all;
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

    private Directives with(String directive) {
        String[] words = directive.split("\\s+", 3);
        String rest = directive.substring(words[0].length()).strip();
        try {
            return switch (words[0].toLowerCase(Locale.ROOT)) {
                case "tokens" -> withTokens(Integer.parseInt(rest));
                case "speed" -> withSpeed(Double.parseDouble(rest));
                case "silent" -> withSilence(Durations.parse(rest));
                case "crash" -> withFault(fault(Fault.Kind.CRASH, rest));
                case "die" -> withFault(fault(Fault.Kind.DIE, rest));
                case "error" -> withFault(fault(Fault.Kind.ERROR, rest));
                case "stall" -> withFault(fault(Fault.Kind.STALL, rest));
                case "refuse" -> withRefusal(Integer.parseInt(rest));
                case "think" -> withThinking();
                case "say" -> withText(rest);
                case "tool" -> withCall(words);
                case "rounds" -> withRounds(Integer.parseInt(rest));
                case "once" -> withOnce();
                default -> this;
            };
        } catch (IllegalArgumentException e) {
            return this; // not a directive after all
        }
    }

    private static Fault fault(Fault.Kind kind, String rest) {
        String[] words = rest.split("\\s+", -1);
        if (rest.isEmpty()) {
            return new Fault(kind, 0, FOR_EVER);
        }
        if (!words[0].equals("after") || words.length < 2) {
            throw new IllegalArgumentException(rest);
        }
        boolean bounded = words.length > 3 && words[2].equals("for");
        Duration pause = bounded ? Durations.parse(words[3]) : FOR_EVER;
        return new Fault(kind, Integer.parseInt(words[1]), pause);
    }

    private Directives withCall(String[] words) {
        if (words.length < 2) {
            return this;
        }
        String arguments = "{}";
        if (words.length > 2) {
            try {
                JsonNode tree = JSON.readTree(words[2]);
                arguments = tree.isObject() ? words[2] : "{}";
            } catch (JacksonException e) {
                return this; // not JSON, so not a directive
            }
        }
        List<Call> more = new ArrayList<>(calls);
        more.add(new Call(words[1], arguments));
        return new Directives(
                tokens, speed, silence, fault, refuse, think, say, more, rounds, once);
    }

    private Directives withTokens(int count) {
        return new Directives(
                count, speed, silence, fault, refuse, think, say, calls, rounds, once);
    }

    private Directives withSpeed(double perSecond) {
        return new Directives(
                tokens, perSecond, silence, fault, refuse, think, say, calls, rounds, once);
    }

    private Directives withSilence(Duration length) {
        return new Directives(
                tokens, speed, length, fault, refuse, think, say, calls, rounds, once);
    }

    private Directives withFault(Fault what) {
        return new Directives(
                tokens, speed, silence, what, refuse, think, say, calls, rounds, once);
    }

    private Directives withRefusal(int status) {
        return new Directives(
                tokens, speed, silence, fault, status, think, say, calls, rounds, once);
    }

    private Directives withThinking() {
        return new Directives(
                tokens, speed, silence, fault, refuse, true, say, calls, rounds, once);
    }

    private Directives withText(String text) {
        return new Directives(
                tokens, speed, silence, fault, refuse, think, text, calls, rounds, once);
    }

    private Directives withRounds(int count) {
        return new Directives(
                tokens, speed, silence, fault, refuse, think, say, calls, count, once);
    }

    private Directives withOnce() {
        return new Directives(
                tokens, speed, silence, fault, refuse, think, say, calls, rounds, true);
    }
}
