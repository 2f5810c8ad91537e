package cortex.core.dialect.openai.parts;

import cortex.core.dialect.chat.stream.JsonBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Where values stand in JSON text, to put other bytes in their place and keep all the rest.
final class JsonRanges {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private final byte[] json;

    JsonRanges(byte[] json) {
        this.json = json;
    }

    /// The bytes of one value.
    record Range(int from, int to) {}

    /// Other bytes in the place of a value.
    static final class Change {
        private final Range at;
        private final byte[] with;

        Change(Range at, byte[] with) {
            this.at = at;
            this.with = with;
        }
    }

    /// Reads the text.
    JsonParser parser() {
        return FACTORY.createParser(ObjectReadContext.empty(), json);
    }

    /// The span of the value that begins where the parser stands, which goes on behind it.
    Range value(JsonParser parser) {
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

    /// Where the token begins that the parser stands on.
    static int start(JsonParser parser) {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    /// Where the parser reads on.
    static int end(JsonParser parser) {
        return (int) parser.currentLocation().getByteOffset();
    }

    /// The whole number there, no more than the greatest one of its kind; 0 for one below it.
    int number(Range at) {
        long number = 0;
        for (int i = at.from; i < at.to && json[i] >= '0' && json[i] <= '9'; i++) {
            number = Math.min(Integer.MAX_VALUE, number * 10 + json[i] - '0');
        }
        return (int) number;
    }

    /// What counts a number on from `first`.
    Change counted(Range at, int first) {
        return new Change(at, JsonBuffer.ascii(Long.toString((long) first + number(at))));
    }

    /// Writes a range of the text, changed.
    void write(List<Change> changes, Range of, JsonBuffer to) {
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
