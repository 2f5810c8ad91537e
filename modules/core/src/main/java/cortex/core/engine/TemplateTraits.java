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
    /// `tool_call.id | length != 9`, however it is spaced and spelt.
    private static final Pattern NINE =
            Pattern.compile("id['\"\\])]*\\s*\\|\\s*length\\s*\\)?\\s*(!=|==)\\s*9");

    /// The condition of such a branch, in either order, up to the end of its tag, and what the
    /// branch does first.
    private static final Pattern LATER_SYSTEM =
            Pattern.compile(
                    "\\{%-?\\s*(?:el)?if[^%]*"
                            + "(?:['\"]system['\"][\\s)]*and[\\s(]+not\\s+loop\\.first"
                            + "|not\\s+loop\\.first[\\s)]*and\\b[^%]*['\"]system['\"])[^%]*%}"
                            + "(?<first>[^%}]*)");

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

    private static boolean laterSystem(String text) {
        Matcher branch = LATER_SYSTEM.matcher(text);
        boolean found = false;
        while (branch.find()) {
            if (branch.group("first").contains(RAISE)) {
                return false;
            }
            found = true;
        }
        return found;
    }

    private static boolean mentions(String text, List<String> signs) {
        return signs.stream().anyMatch(text::contains);
    }
}
