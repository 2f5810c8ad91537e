package cortex.core.dialect.openai.parts;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.openai.parts.JsonRanges.Range;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// A request with several texts to embed or documents to rank that an engine is asked in parts. The
/// bytes of its inputs stay as they are, and no tree is made of it. For one thread.
public final class SplitInputs implements Parts {
    private final Kind kind;
    private final List<Range> inputs = new ArrayList<>();
    private final TokenUsage spent = new TokenUsage(1);
    private @Nullable Range list;
    private @Nullable Range top;
    private int lists;
    private int tops;
    private int most = Integer.MAX_VALUE;
    private @Nullable ListAnswer whole;
    private int first;
    private int count;

    /// What becomes of the inputs.
    public enum Kind {
        /// A vector each.
        VECTORS,
        /// A place each in an order.
        RANKS;

        /// The fields that may hold them.
        private List<String> fields() {
            return switch (this) {
                case VECTORS -> List.of("input", "content");
                case RANKS -> List.of("documents", "texts");
            };
        }
    }

    private SplitInputs(Kind kind) {
        this.kind = kind;
    }

    /// The request in `body`; null when it brings no list of several inputs.
    ///
    /// @throws cortex.core.failure.FailureException when it does not say clearly which they are, or
    ///   how many of them are wanted
    public static @Nullable SplitInputs of(byte[] body, Kind kind) {
        SplitInputs inputs = new SplitInputs(kind);
        JsonRanges ranges = new JsonRanges(body);
        try (JsonParser parser = ranges.parser()) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                inputs.property(parser, ranges);
            }
        } catch (JacksonException e) {
            return null;
        }
        if (inputs.inputs.size() < 2) {
            return null;
        }
        inputs.check();
        return inputs;
    }

    private void property(JsonParser parser, JsonRanges ranges) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (kind.fields().contains(name) && token != JsonToken.VALUE_NULL) {
            lists++;
            if (token == JsonToken.START_ARRAY) {
                inputs(parser, ranges);
                return;
            }
        } else if (kind == Kind.RANKS && name.equals("top_n")) {
            tops++;
            top = ranges.value(parser);
            boolean says = token == JsonToken.VALUE_NUMBER_INT && ranges.number(top) > 0;
            most = says ? ranges.number(top) : token == JsonToken.VALUE_NULL ? most : 0;
            return;
        }
        parser.skipChildren();
    }

    /// As llama-server reads it: a list with a number in it is one input.
    private void inputs(JsonParser parser, JsonRanges ranges) {
        int from = JsonRanges.start(parser);
        boolean numbers = false;
        List<Range> found = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            numbers |= parser.currentToken().isNumeric();
            found.add(ranges.value(parser));
        }
        list = new Range(from, JsonRanges.end(parser));
        if (!numbers && found.size() > inputs.size()) {
            inputs.clear();
            inputs.addAll(found);
        }
    }

    private void check() {
        if (lists > 1) {
            String names = String.join("' and '", kind.fields());
            throw ChatJson.bad(
                    kind.fields().getFirst() + ": give one of '" + names + "', and once",
                    kind.fields().getFirst());
        }
        if (tops > 1 || most == 0) {
            throw ChatJson.bad("top_n: give one whole number, at least 1", "top_n");
        }
    }

    @Override
    public int left() {
        return inputs.size() - first;
    }

    /// How many bytes the next part has at most, with so many inputs.
    public int length(byte[] body, int some) {
        Range all = span();
        int last = first + Math.min(left(), some) - 1;
        int inside = inputs.get(last).to() - inputs.get(first).from();
        return body.length - (all.to() - all.from()) + inside + 2;
    }

    @Override
    public byte[] ask(byte[] body, int some) {
        count = Math.min(left(), some);
        whole().begin(first, count);
        JsonBuffer list = new JsonBuffer();
        list.raw(JsonBuffer.ascii("["));
        list.raw(body, inputs.get(first).from(), inputs.get(first + count - 1).to());
        list.raw(JsonBuffer.ascii("]"));
        List<JsonRanges.Change> changes = new ArrayList<>(2);
        changes.add(new JsonRanges.Change(span(), list.toBytes()));
        if (top != null) {
            changes.add(new JsonRanges.Change(top, JsonBuffer.ascii(Integer.toString(count))));
        }
        JsonBuffer part = new JsonBuffer();
        new JsonRanges(body).write(changes, new Range(0, body.length), part);
        return part.toBytes();
    }

    private Range span() {
        Range all = list;
        if (all == null) {
            throw new IllegalStateException("no list of inputs");
        }
        return all;
    }

    @Override
    public boolean atLast() {
        return count == left();
    }

    @Override
    public boolean goOn() {
        first += count;
        count = 0;
        return left() > 0;
    }

    @Override
    public ListAnswer whole() {
        ListAnswer answer = whole;
        if (answer == null) {
            answer = kind == Kind.RANKS ? ListAnswer.ranks(spent, most) : ListAnswer.vectors(spent);
            whole = answer;
        }
        return answer;
    }

    @Override
    public Usage usage() {
        return spent.sum();
    }
}
