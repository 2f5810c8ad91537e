package cortex.core.dialect.openai.parts;

import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.openai.parts.JsonRanges.Change;
import cortex.core.dialect.openai.parts.JsonRanges.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Where in an engine's answer, or in one chunk of a stream, those values stand that change when it
/// becomes part of another. All other bytes stay as they are.
final class AnswerFields {
    private final byte[] json;
    private final JsonRanges ranges;
    private final List<Range> indexes = new ArrayList<>(1);
    private @Nullable Range id;
    private @Nullable Range created;
    private @Nullable Range choices;
    private @Nullable Range usage;
    private int elements;

    private AnswerFields(byte[] json) {
        this.json = json;
        this.ranges = new JsonRanges(json);
    }

    /// Of one JSON object; null when it is none.
    static @Nullable AnswerFields of(byte[] json) {
        AnswerFields fields = new AnswerFields(json);
        try (JsonParser parser = fields.ranges.parser()) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                fields.property(parser);
            }
            return parser.currentToken() == JsonToken.END_OBJECT ? fields : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private void property(JsonParser parser) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        switch (name) {
            case "id" -> id = ranges.value(parser);
            case "created" -> created = ranges.value(parser);
            case "usage" -> {
                Range range = ranges.value(parser);
                usage = token == JsonToken.START_OBJECT ? range : null;
            }
            case "choices" -> {
                if (token == JsonToken.START_ARRAY) {
                    choices(parser);
                }
            }
            default -> parser.skipChildren();
        }
    }

    private void choices(JsonParser parser) {
        indexes.clear();
        elements = 0;
        int from = JsonRanges.end(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements++;
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                choice(parser);
            } else {
                parser.skipChildren();
            }
        }
        choices = new Range(from, JsonRanges.start(parser));
    }

    private void choice(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean index = parser.currentName().equals("index");
            if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && index) {
                indexes.add(ranges.value(parser));
            } else {
                parser.skipChildren();
            }
        }
    }

    /// Whether it has a list of choices.
    boolean hasChoices() {
        return choices != null;
    }

    /// Whether it tells usage and nothing else.
    boolean tellsUsageOnly() {
        return choices != null && elements == 0 && usage != null;
    }

    /// The number of its first choice; 0 where it has none.
    int index() {
        return indexes.isEmpty() ? 0 : ranges.number(indexes.getFirst());
    }

    /// The bytes of its id and of the time it was made; null for one that it does not have.
    byte @Nullable [] id() {
        return bytes(id);
    }

    byte @Nullable [] created() {
        return bytes(created);
    }

    private byte @Nullable [] bytes(@Nullable Range at) {
        return at == null ? null : Arrays.copyOfRange(json, at.from(), at.to());
    }

    /// What makes it part of an answer whose id and time are these.
    List<Change> named(byte @Nullable [] otherId, byte @Nullable [] otherTime) {
        List<Change> changes = new ArrayList<>(4);
        replace(changes, id, otherId);
        replace(changes, created, otherTime);
        return changes;
    }

    /// What counts its choices on from `first`.
    List<Change> counted(int first) {
        List<Change> changes = new ArrayList<>(1);
        for (Range at : indexes) {
            changes.add(ranges.counted(at, first));
        }
        return changes;
    }

    /// What tells another usage.
    List<Change> spending(byte[] other) {
        List<Change> changes = new ArrayList<>(1);
        replace(changes, usage, other);
        return changes;
    }

    /// What puts other choices in the place of its own.
    List<Change> choosing(byte[] other) {
        List<Change> changes = new ArrayList<>(1);
        replace(changes, choices, other);
        return changes;
    }

    private static void replace(List<Change> changes, @Nullable Range at, byte @Nullable [] with) {
        if (at != null && with != null) {
            changes.add(new Change(at, with));
        }
    }

    /// Writes all of it, changed.
    void write(List<Change> changes, JsonBuffer to) {
        ranges.write(changes, new Range(0, json.length), to);
    }

    /// Writes what stands between the brackets of its choices, changed.
    void writeChoices(List<Change> changes, JsonBuffer to) {
        if (choices != null) {
            ranges.write(changes, choices, to);
        }
    }
}
