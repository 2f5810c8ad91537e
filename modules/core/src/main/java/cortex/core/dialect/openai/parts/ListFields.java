package cortex.core.dialect.openai.parts;

import cortex.core.dialect.openai.parts.JsonRanges.Range;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Where in an engine's answer its list of vectors or places stands, and what it tells of tokens.
/// The list is the whole answer, or its `data` or `results`.
final class ListFields {
    /// More counts than any engine tells.
    private static final int COUNTS = 32;

    private final JsonRanges ranges;
    private final int most;
    private final List<Entry> entries = new ArrayList<>();
    private final BitSet seen = new BitSet();
    private final Map<String, Range> counts = new LinkedHashMap<>();
    private @Nullable Range list;
    private @Nullable Range usage;
    private int usageName = -1;
    private int afterUsage = -1;
    private int end = -1;
    private boolean clear = true;

    /// What belongs to one input.
    ///
    /// @param at all of it
    /// @param index where it tells the input's number
    /// @param score what the input is ranked by, the lowest where it tells none
    record Entry(Range at, Range index, double score) {}

    private ListFields(JsonRanges ranges, int most) {
        this.ranges = ranges;
        this.most = most;
    }

    /// Of the answer for `count` inputs; null when it is no such answer, or not for each of them.
    static @Nullable ListFields of(byte[] json, int count) {
        ListFields fields = new ListFields(new JsonRanges(json), count);
        try (JsonParser parser = fields.ranges.parser()) {
            JsonToken root = parser.nextToken();
            if (root == JsonToken.START_ARRAY) {
                fields.list(parser);
            } else if (root == JsonToken.START_OBJECT) {
                fields.object(parser);
            }
            boolean over = parser.nextToken() == null;
            boolean each = fields.clear && fields.entries.size() == count;
            return over && each && fields.list != null ? fields : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private void object(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            int name = JsonRanges.start(parser);
            if (usage != null && afterUsage < 0) {
                afterUsage = name;
            }
            String called = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_ARRAY && isList(called)) {
                clear &= list == null;
                list(parser);
            } else if (token == JsonToken.START_OBJECT && called.equals("usage")) {
                clear &= usage == null;
                usageName = name;
                usage(parser);
            } else {
                parser.skipChildren();
            }
        }
        end = JsonRanges.start(parser);
    }

    private static boolean isList(String name) {
        return name.equals("data") || name.equals("results");
    }

    private void list(JsonParser parser) {
        int from = JsonRanges.end(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (clear && parser.currentToken() == JsonToken.START_OBJECT && entries.size() < most) {
                entry(parser);
            } else {
                clear = false;
                parser.skipChildren();
            }
        }
        list = new Range(from, JsonRanges.start(parser));
    }

    private void entry(JsonParser parser) {
        int from = JsonRanges.start(parser);
        Range index = null;
        double score = Double.NEGATIVE_INFINITY;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token == JsonToken.VALUE_NUMBER_INT && name.equals("index")) {
                clear &= index == null;
                index = ranges.value(parser);
            } else if (token.isNumeric() && isScore(name)) {
                score = parser.getDoubleValue();
            } else {
                parser.skipChildren();
            }
        }
        if (index == null || ranges.number(index) >= most || seen.get(ranges.number(index))) {
            clear = false;
            return;
        }
        seen.set(ranges.number(index));
        entries.add(new Entry(new Range(from, JsonRanges.end(parser)), index, score));
    }

    private static boolean isScore(String name) {
        return name.equals("relevance_score") || name.equals("score");
    }

    private void usage(JsonParser parser) {
        int from = JsonRanges.start(parser);
        for (int depth = 1; depth > 0; ) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.VALUE_NUMBER_INT && counts.size() < COUNTS) {
                String path = parser.streamReadContext().pathAsPointer().toString();
                counts.put(path, ranges.value(parser));
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        usage = new Range(from, JsonRanges.end(parser));
    }

    JsonRanges ranges() {
        return ranges;
    }

    List<Entry> entries() {
        return entries;
    }

    /// What stands between the brackets of its list.
    Range list() {
        if (list == null) {
            throw new IllegalStateException("no list");
        }
        return list;
    }

    /// Where its whole numbers about tokens stand, by their path.
    Map<String, Range> counts() {
        return counts;
    }

    /// The usage; null when it tells none.
    @Nullable Range usage() {
        return usage;
    }

    /// Whether it tells usage before its list.
    boolean tellsUsageFirst() {
        return usage != null && usage.to() <= list().from();
    }

    /// The usage with its name and what parts it from the next field.
    Range usageField() {
        return new Range(usageName, afterUsage);
    }

    /// Where its last bracket stands, if it is an object.
    int end() {
        return end;
    }
}
