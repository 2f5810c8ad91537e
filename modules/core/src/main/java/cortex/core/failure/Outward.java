package cortex.core.failure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a client may read of what nodes and engines say: nothing that may name a path or an address
/// of a host; and of an engine's end only the manner, never its own words, which may hold another
/// client's prompt. Pure.
public final class Outward {
    private static final String SOME_NODE = "a node";

    // Groups repeat possessively (`)*+`): else a matcher recurses as deep as a text is long.

    /// What stands between a sentence's words. A colon and a dot do not: they are parts of
    /// addresses and of files' names.
    private static final Pattern BREAKS = Pattern.compile("[\\s\"'`“”‘’(){}<>,;!?=|…–—]+");

    private static final Pattern TRAILING = Pattern.compile("[.:]+$");

    /// Words and identifiers, flags; numbers and times; fields of requests, parsers' codes and the
    /// engines' names; places in lists and schemas; the APIs' own paths, media types, and words
    /// that are joined by a slash.
    private static final Pattern PLAIN =
            Pattern.compile(
                    "-{0,2}[\\p{L}\\d_][\\p{L}\\d_-]*%?"
                        + "|[-+]?\\d+(?:\\.\\d+)?%?|\\d{1,2}:\\d{2}(?::\\d{2})?|\\d+/\\d+"
                        + "|\\[?json(?:\\.[a-z_]+)++(?:\\.\\d+)?\\]?"
                        + "|(?:messages|tools|tool_choice|tool_calls|function|response_format|input"
                        + "|content|parameters)(?:\\.[A-Za-z_]+|\\.\\d+|\\[\\d+\\])++"
                        + "|llama\\.cpp|mistral\\.rs|e\\.g|i\\.e|#(?:/[\\w$-]+)*+|\\[\\d*\\]"
                        + "|/v1/[a-z]+(?:/[a-z_]+)*+"
                        + "|(?:application|image|audio|text|video)/[a-z0-9-]+"
                        + "|and/or|either/or|[-+*/&@#$^~.:]");

    private static final Pattern SIGNAL =
            Pattern.compile("^the engine was ended by signal (\\d{1,3})");
    private static final Pattern EXIT =
            Pattern.compile("^the engine exited with code (-?\\d{1,4})");

    /// Of one that an earlier life of the neuron started nobody reads the exit code.
    private static final Pattern GONE = Pattern.compile("^the engine \\(pid \\d+\\) is gone");

    /// A load that no engine saw.
    private static final Pattern UNSTARTED =
            Pattern.compile(
                    "^(?:the engine could not be started|there is no program|the program)\\b");

    /// One that the neuron ended, as it made no progress.
    private static final Pattern STALLED = Pattern.compile("^(?:the engine made )?no progress\\b");

    /// How a neuron refuses a load for what it asks.
    private static final Pattern REFUSED =
            Pattern.compile(
                    "^(The argument |path |mmproj |source |model_id |-)[^\n]{0,300} is refused: ");

    private Outward() {}

    /// Whether a sentence of an engine's can be told to a client as it is: it consists of words,
    /// numbers, fields of requests and what else is known to say nothing of a host. One that holds
    /// anything else is not told at all: no filter knows every form of a path or an address.
    public static boolean isPlain(String sentence) {
        for (String piece : BREAKS.split(sentence, -1)) {
            String word = TRAILING.matcher(piece).replaceAll("");
            if (!word.isEmpty() && !PLAIN.matcher(word).matches()) {
                return false;
            }
        }
        return true;
    }

    /// A node's name as clients read it: one that is an address says nothing.
    public static String node(String name) {
        return isAddress(name) ? SOME_NODE : name;
    }

    /// A node's name for a field of its own; null for one that is an address.
    public static @Nullable String nodeOrNull(@Nullable String name) {
        return name == null || isAddress(name) ? null : name;
    }

    private static boolean isAddress(String name) {
        return name.indexOf('.') >= 0 || name.indexOf(':') >= 0 || name.indexOf('/') >= 0;
    }

    /// How an engine ended that served, without a word of the engine's.
    public static String death(String reason) {
        boolean known =
                SIGNAL.matcher(reason).find()
                        || EXIT.matcher(reason).find()
                        || GONE.matcher(reason).find();
        return known ? ending(reason) : "the engine ended";
    }

    /// How an engine ended or a load failed, without a word of the engine's: "the engine ended
    /// (signal 6)".
    public static String ending(String reason) {
        Matcher signal = SIGNAL.matcher(reason);
        if (signal.find()) {
            return "the engine ended (signal " + signal.group(1) + ")";
        }
        Matcher exit = EXIT.matcher(reason);
        if (exit.find()) {
            return "the engine ended (code " + exit.group(1) + ")";
        }
        if (GONE.matcher(reason).find()) {
            return "the engine ended";
        }
        if (UNSTARTED.matcher(reason).find()) {
            return "its node could not start an engine";
        }
        if (STALLED.matcher(reason).find()) {
            return "the load made no progress";
        }
        return REFUSED.matcher(reason).find()
                ? "the node refuses a setting of this model"
                : "the engine could not load it";
    }
}
