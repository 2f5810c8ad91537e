package cortex.core.dialect.openai.parts;

import cortex.core.dialect.SseScanner.Out;
import cortex.core.dialect.UsageReader;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.openai.parts.JsonRanges.Change;
import cortex.core.dialect.openai.parts.JsonRanges.Range;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts lists of vectors or of places together: the first answer, with what the lists of all of
/// them hold and the sums of their tokens. Vectors keep their order, and the first of them can be
/// handed on before the last have come; places are put in order over all. For one thread.
public final class ListAnswer implements Parts.Whole {
    private static final byte[] COMMA = {','};
    private static final byte[] NOTHING = {};

    private final TokenUsage spent;
    private final boolean ranks;
    private final int most;
    private final Map<String, Long> sums = new HashMap<>();
    private final List<Place> places = new ArrayList<>();
    private final JsonBuffer vectors = new JsonBuffer();
    private byte[] text = NOTHING;
    private @Nullable ListFields frame;
    private int heldPlaces;
    private int first;
    private int count;
    private boolean begun;

    /// What an engine says of one document.
    private static final class Place {
        private final double score;
        private final byte[] json;

        private Place(double score, byte[] json) {
            this.score = score;
            this.json = json;
        }

        private double score() {
            return score;
        }
    }

    private ListAnswer(TokenUsage spent, boolean ranks, int most) {
        this.spent = spent;
        this.ranks = ranks;
        this.most = most;
    }

    /// Of vectors.
    static ListAnswer vectors(TokenUsage spent) {
        return new ListAnswer(spent, false, Integer.MAX_VALUE);
    }

    /// Of the `most` best places.
    static ListAnswer ranks(TokenUsage spent, int most) {
        return new ListAnswer(spent, true, most);
    }

    /// The next answer is that for so many inputs, from the one of that number on.
    void begin(int input, int inputs) {
        first = input;
        count = inputs;
    }

    @Override
    public boolean add(byte[] answer) {
        ListFields fields = ListFields.of(answer, count);
        if (fields == null || !keepFrame(answer, fields)) {
            return false;
        }
        fields.counts().forEach((path, at) -> sums.merge(path, told(answer, at), ListAnswer::sum));
        spent.ofPart(first, UsageReader.read(answer, 0, answer.length).usage());
        if (ranks) {
            places(fields);
        } else {
            vectors(fields);
        }
        return true;
    }

    /// Keeps what is around the first list.
    private boolean keepFrame(byte[] answer, ListFields fields) {
        if (frame != null) {
            return true;
        }
        JsonBuffer around = new JsonBuffer();
        fields.ranges()
                .write(
                        List.of(new Change(fields.list(), NOTHING)),
                        new Range(0, answer.length),
                        around);
        text = around.toBytes();
        frame = ListFields.of(text, 0);
        return frame != null;
    }

    private static long told(byte[] answer, Range at) {
        String number = new String(answer, at.from(), at.to() - at.from(), StandardCharsets.UTF_8);
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static long sum(long one, long other) {
        long sum = one + other;
        return one >= 0 && other >= 0 && sum < 0 ? Long.MAX_VALUE : sum;
    }

    private void vectors(ListFields fields) {
        List<Change> changes = new ArrayList<>();
        for (ListFields.Entry one : fields.entries()) {
            changes.add(fields.ranges().counted(one.index(), first));
        }
        if (first > 0) {
            vectors.raw(COMMA);
        }
        fields.ranges().write(changes, fields.list(), vectors);
    }

    private void places(ListFields fields) {
        for (ListFields.Entry one : fields.entries()) {
            JsonBuffer json = new JsonBuffer();
            fields.ranges()
                    .write(List.of(fields.ranges().counted(one.index(), first)), one.at(), json);
            places.add(new Place(one.score(), json.toBytes()));
            heldPlaces += json.length();
        }
    }

    @Override
    public int held() {
        return text.length + vectors.length() + heldPlaces;
    }

    /// Whether what has come of it may be handed on before the rest.
    public boolean canPassOn() {
        return !ranks;
    }

    /// Whether some of it was handed on.
    public boolean begun() {
        return begun;
    }

    /// Hands on what has come so far. Usage that stands before the list comes after it then.
    public void passOn(Out out) {
        if (!begun) {
            ListFields around = frame();
            JsonBuffer head = new JsonBuffer();
            List<Change> changes = new ArrayList<>(1);
            if (around.tellsUsageFirst()) {
                changes.add(new Change(around.usageField(), NOTHING));
            }
            around.ranges().write(changes, new Range(0, around.list().from()), head);
            head.drainTo(out::write);
        }
        begun = true;
        vectors.drainTo(out::write);
    }

    /// Hands on the rest.
    public void end(Out out) {
        passOn(out);
        ListFields around = frame();
        JsonBuffer tail = new JsonBuffer();
        int from = around.list().to();
        Range usage = around.usage();
        if (usage != null && around.tellsUsageFirst()) {
            around.ranges().write(List.of(), new Range(from, around.end()), tail);
            tail.raw(JsonBuffer.ascii(",\"usage\":"));
            around.ranges().write(summed(around), usage, tail);
            from = around.end();
            around.ranges().write(List.of(), new Range(from, text.length), tail);
        } else {
            around.ranges().write(summed(around), new Range(from, text.length), tail);
        }
        tail.drainTo(out::write);
    }

    @Override
    public byte[] toBytes() {
        ListFields around = frame();
        List<Change> changes = new ArrayList<>(summed(around));
        changes.add(new Change(around.list(), ranks ? ranked() : vectors.toBytes()));
        JsonBuffer all = new JsonBuffer();
        around.ranges().write(changes, new Range(0, text.length), all);
        return all.toBytes();
    }

    private ListFields frame() {
        ListFields around = frame;
        if (around == null) {
            throw new IllegalStateException("no answer to put together");
        }
        return around;
    }

    private List<Change> summed(ListFields around) {
        List<Change> changes = new ArrayList<>();
        around.counts()
                .forEach((path, at) -> {
                    String sum = Long.toString(sums.getOrDefault(path, 0L));
                    changes.add(new Change(at, JsonBuffer.ascii(sum)));
                });
        return changes;
    }

    private byte[] ranked() {
        places.sort(Comparator.comparingDouble(Place::score).reversed());
        JsonBuffer all = new JsonBuffer();
        int left = most;
        for (Place place : places) {
            if (left-- == 0) {
                break;
            }
            if (!all.isEmpty()) {
                all.raw(COMMA);
            }
            all.raw(place.json);
        }
        return all.toBytes();
    }
}
