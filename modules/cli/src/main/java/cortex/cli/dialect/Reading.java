package cortex.cli.dialect;

import cortex.cli.dialect.ReadAnswer.Call;
import cortex.cli.dialect.ReadAnswer.Stop;
import cortex.cli.dialect.ReadAnswer.Usage;
import cortex.core.node.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Gathers one answer while it is read. For one thread.
public final class Reading {
    private static final int MOST_FAULTS = 20;

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private final Set<String> faults = new LinkedHashSet<>();
    private Stop stop = Stop.UNKNOWN;
    private Usage usage = Usage.NONE;
    private int signs;
    private @Nullable JsonNode raw;

    /// Notes what breaks a rule; the same is noted once.
    public void fault(String sentence) {
        if (faults.size() < MOST_FAULTS) {
            faults.add(sentence);
        }
    }

    /// Notes a fault unless the rule is kept.
    void must(boolean kept, String otherwise) {
        if (!kept) {
            fault(otherwise);
        }
    }

    void text(String more) {
        text.append(more);
    }

    void thought(String more) {
        thought.append(more);
    }

    /// A complete tool call. Its arguments must be a JSON object, and its id its own.
    void call(Call call) {
        must(!call.id().isBlank(), "a tool call has no id");
        must(!call.name().isBlank(), "a tool call has no name");
        must(
                calls.stream().noneMatch(other -> other.id().equals(call.id())),
                "two tool calls have the same id");
        JsonNode arguments = parse(call.arguments());
        must(
                arguments != null && arguments.isObject(),
                "the arguments of a tool call are no JSON object: " + brief(call.arguments()));
        calls.add(call);
    }

    void stop(Stop why) {
        stop = why;
    }

    void usage(Usage counts) {
        usage = counts;
    }

    void sign() {
        signs++;
    }

    void raw(JsonNode part) {
        raw = part;
    }

    boolean hasCalls() {
        return !calls.isEmpty();
    }

    /// What was read.
    public ReadAnswer told() {
        return new ReadAnswer(
                text.toString(),
                thought.toString(),
                calls,
                stop,
                usage,
                new ReadAnswer.Wire(signs, List.copyOf(faults)),
                raw);
    }

    /// A number of tokens; null when there is none, which is a fault when it `must` be there.
    @Nullable Long count(JsonNode usage, String name, boolean must) {
        JsonNode count = usage.path(name);
        if (count.isIntegralNumber() && count.asLong() >= 0) {
            return count.asLong();
        }
        must(!must && count.isMissingNode(), "usage." + name + " is no number of tokens");
        return null;
    }

    /// A tree, or null when `json` is none.
    static @Nullable JsonNode parse(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JacksonException e) {
            return null;
        }
    }

    static String brief(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= 80 ? "'" + line + "'" : "'" + line.substring(0, 80) + "…'";
    }
}
