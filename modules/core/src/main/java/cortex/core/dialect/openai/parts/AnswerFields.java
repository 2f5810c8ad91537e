package cortex.core.dialect.openai.parts;

import cortex.core.dialect.chat.stream.JsonBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Where in an engine's answer, or in one chunk of a stream, those values stand that change when it
/// becomes part of another. All other bytes stay as they are.
final class AnswerFields {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private final byte[] json;
    private final List<Range> indexes = new ArrayList<>(1);
    private @Nullable Range id;
    private @Nullable Range created;
    private @Nullable Range choices;
    private @Nullable Range usage;
    private int elements;

    private AnswerFields(byte[] json) {
        this.json = json;
    }

    /// The bytes of one value.
    record Range(int from, int to) {}

    /// Other bytes in the place of a value.
    static final class Change {
        private final Range at;
        private final byte[] with;

        private Change(Range at, byte[] with) {
            this.at = at;
            this.with = with;
        }
    }

    /// Of one JSON object; null when it is none.
    static @Nullable AnswerFields of(byte[] json) {
        AnswerFields fields = new AnswerFields(json);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
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
            case "id" -> id = value(parser);
            case "created" -> created = value(parser);
            case "usage" -> {
                Range range = value(parser);
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
        int from = end(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements++;
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                choice(parser);
            } else {
                parser.skipChildren();
            }
        }
        choices = new Range(from, start(parser));
    }

    private void choice(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean index = parser.currentName().equals("index");
            if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && index) {
                indexes.add(value(parser));
            } else {
                parser.skipChildren();
            }
        }
    }

    /// The span of the value that begins where the parser stands.
    private Range value(JsonParser parser) {
        int from = start(parser);
        if (parser.currentToken().isNumeric()) {
            int to = from;
            while (to < json.length && ",]} \t\r\n".indexOf(json[to]) < 0) {
                to++;
            }
            return new Range(from, to);
        }
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            parser.getString();
        }
        parser.skipChildren();
        return new Range(from, end(parser));
    }

    private static int start(JsonParser parser) {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private static int end(JsonParser parser) {
        return (int) parser.currentLocation().getByteOffset();
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
        return indexes.isEmpty() ? 0 : number(indexes.getFirst());
    }

    private int number(Range at) {
        int number = 0;
        for (int i = at.from; i < at.to && json[i] >= '0' && json[i] <= '9'; i++) {
            number = number * 10 + json[i] - '0';
        }
        return number;
    }

    /// The bytes of its id and of the time it was made; null for one that it does not have.
    byte @Nullable [] id() {
        return bytes(id);
    }

    byte @Nullable [] created() {
        return bytes(created);
    }

    private byte @Nullable [] bytes(@Nullable Range at) {
        return at == null ? null : Arrays.copyOfRange(json, at.from, at.to);
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
            changes.add(new Change(at, JsonBuffer.ascii(Integer.toString(first + number(at)))));
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
        write(changes, new Range(0, json.length), to);
    }

    /// Writes what stands between the brackets of its choices, changed.
    void writeChoices(List<Change> changes, JsonBuffer to) {
        if (choices != null) {
            write(changes, choices, to);
        }
    }

    private void write(List<Change> changes, Range of, JsonBuffer to) {
        List<Change> inOrder = new ArrayList<>(changes);
        inOrder.sort(Comparator.comparingInt(change -> change.at.from));
        int at = of.from;
        for (Change change : inOrder) {
            to.raw(json, at, change.at.from).raw(change.with);
            at = change.at.to;
        }
        to.raw(json, at, of.to);
    }
}
