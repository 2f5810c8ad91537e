package cortex.core.engine;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a chat template asks for, as far as its text gives it away. A template is a program; what
/// is looked for are the errors it raises and the switches it reads.
///
/// @param shortToolIds it raises on tool ids that are not nine letters and digits
/// @param alternates it raises unless user and assistant take turns, the user first; a user's words
///   right after a tool's result count as a second turn then
/// @param systemAnywhere it has a branch for system turns after the first place and does not raise
///   in it; a template that writes out whatever role a turn has says nothing about that
/// @param reasons it knows of reasoning
/// @param tools it renders tools
public record TemplateTraits(
        boolean shortToolIds,
        boolean alternates,
        boolean systemAnywhere,
        boolean reasons,
        boolean tools) {
    /// `tool_call.id | length != 9`, however it is spaced and spelt. Possessive throughout, as the
    /// other patterns are in effect: a template comes from strangers, and is read in one pass.
    private static final Pattern NINE =
            Pattern.compile("id['\"\\])]*+\\s*+\\|\\s*+length\\s*+\\)?+\\s*+(!=|==)\\s*+9");

    /// The beginning of a tag that has a condition.
    private static final Pattern IF = Pattern.compile("-?\\s*+(?:el)?if");

    /// Such a condition, in either order.
    private static final Pattern SYSTEM_LATER =
            Pattern.compile("['\"]system['\"][\\s)]*+and[\\s(]++not\\s++loop\\.first");

    private static final Pattern LATER = Pattern.compile("not\\s++loop\\.first[\\s)]*+and\\b");

    private static final List<String> SYSTEM =
            List.of("'system'", "'system\"", "\"system'", "\"system\"");

    private static final String RAISE = "raise_exception";

    private static final List<String> SHORT_IDS = List.of("strings with length 9");
    private static final List<String> ALTERNATION = List.of("roles must alternate");

    private static final List<String> REASONING =
            List.of(
                    "enable_thinking",
                    "reasoning_effort",
                    "reasoning_content",
                    "thinking_budget",
                    "<think>",
                    "[think]",
                    "<|channel|>");

    /// Reads a template.
    public static TemplateTraits of(String template) {
        String text = template.toLowerCase(Locale.ROOT);
        boolean raises = text.contains(RAISE);
        return new TemplateTraits(
                NINE.matcher(text).find() || (raises && mentions(text, SHORT_IDS)),
                raises && mentions(text, ALTERNATION),
                laterSystem(text),
                mentions(text, REASONING),
                text.contains("tools"));
    }

    /// Whether a branch is for system turns after the first place, and none of those raises as the
    /// first thing it does.
    private static boolean laterSystem(String text) {
        boolean found = false;
        int at = text.indexOf("{%");
        while (at >= 0) {
            int percent = text.indexOf('%', at + 2);
            if (percent < 0) {
                return found;
            }
            if (text.startsWith("%}", percent) && isLaterSystem(text.substring(at + 2, percent))) {
                if (first(text, percent + 2).contains(RAISE)) {
                    return false;
                }
                found = true;
            }
            at = text.indexOf("{%", percent);
        }
        return found;
    }

    private static boolean isLaterSystem(String tag) {
        if (!IF.matcher(tag).lookingAt()) {
            return false;
        }
        if (SYSTEM_LATER.matcher(tag).find()) {
            return true;
        }
        Matcher later = LATER.matcher(tag);
        return later.find()
                && SYSTEM.stream().anyMatch(role -> tag.lastIndexOf(role) >= later.end());
    }

    /// What a branch does first: the text up to the end of its next tag.
    private static String first(String text, int from) {
        int to = from;
        while (to < text.length() && text.charAt(to) != '%' && text.charAt(to) != '}') {
            to++;
        }
        return text.substring(from, to);
    }

    private static boolean mentions(String text, List<String> signs) {
        return signs.stream().anyMatch(text::contains);
    }
}
