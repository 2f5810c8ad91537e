package cortex.core.dialect.openai.parts;

import cortex.core.dialect.RequestCost;
import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.ChatJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A request for several answers that an engine is asked in parts: which part is next, and what has
/// come of the answer so far. For one thread.
public final class SplitRequest {
    /// What llama-server takes for no seed.
    private static final long NO_SEED = 0xFFFF_FFFFL;

    private final int prompts;
    private final int each;
    private final TokenUsage spent;
    private final PartsAnswer whole;
    private final PartsStream stream;
    private Part part;
    private long chunksBefore;
    private long chunks;

    private SplitRequest(int prompts, int each, boolean wantsUsage) {
        this.prompts = prompts;
        this.each = each;
        this.spent = new TokenUsage(each);
        this.whole = new PartsAnswer(spent);
        this.stream = new PartsStream(spent, wantsUsage);
        this.part = new Part(0, 0, 0, 0);
    }

    /// The request in `body`, which costs so much; null when what it asks for cannot be divided:
    /// the best of several answers is found by whoever has all of them.
    ///
    /// @param wantsUsage whether the client wants a chunk of its own that tells usage
    /// @throws cortex.core.failure.FailureException when it is not one JSON object
    public static @Nullable SplitRequest of(byte[] body, RequestCost cost, boolean wantsUsage) {
        ObjectNode request = ChatJson.object(body);
        JsonNode prompt = request.path("prompt");
        boolean chat = request.path("messages").isArray();
        boolean clear =
                !ChatJson.has(request, "best_of")
                        && !(chat && prompt.isArray())
                        && answers(request) == cost.each()
                        && (isList(prompt) ? prompt.size() : 1) == cost.prompts();
        return clear ? new SplitRequest(cost.prompts(), cost.each(), wantsUsage) : null;
    }

    /// How many answers it asks for to each prompt, as llama-server reads it.
    private static int answers(ObjectNode request) {
        JsonNode own = request.path("n_cmpl");
        JsonNode n = own.isMissingNode() ? request.path("n") : own;
        return n.isMissingNode() || n.isNull() ? 1 : n.asInt(-1);
    }

    /// Whether a prompt is a list of several: one with a number in it is tokens.
    private static boolean isList(JsonNode prompt) {
        if (!prompt.isArray() || prompt.isEmpty()) {
            return false;
        }
        for (JsonNode one : prompt) {
            if (one.isNumber()) {
                return false;
            }
        }
        return true;
    }

    /// How many answers have not come yet.
    public int left() {
        return prompts * each - part.first(each);
    }

    /// Begins the next part, or the same once more, with `most` answers or fewer.
    ///
    /// @param body the request
    /// @return the request for that part
    public byte[] ask(byte[] body, int most) {
        part = next(part.prompt(), part.answer(), most);
        ObjectNode request = ChatJson.object(body);
        request.remove("n_cmpl");
        request.put("n", part.answers());
        if (request.path("prompt") instanceof ArrayNode list && isList(list)) {
            ArrayNode some = ChatJson.array();
            for (int at = part.prompt(); at < part.prompt() + part.prompts(); at++) {
                some.add(list.get(at));
            }
            request.set("prompt", some);
        }
        seed(request);
        whole.begin(part.first(each), part.prompt());
        stream.begin(part.first(each), part.prompt());
        return ChatJson.bytes(request);
    }

    private Part next(int prompt, int answer, int most) {
        int left = each - answer;
        return answer > 0 || most < each
                ? new Part(prompt, 1, answer, Math.min(left, most))
                : new Part(prompt, Math.min(prompts - prompt, most / each), 0, each);
    }

    /// Gives the answers seeds of their own, as llama-server does: the request's and their number.
    private void seed(ObjectNode request) {
        JsonNode seed = request.path("seed");
        if (part.answer() > 0 && seed.isIntegralNumber() && seed.canConvertToLong()) {
            long number = seed.asLong();
            if (number >= 0 && number != NO_SEED) {
                request.put("seed", number + part.answer());
            }
        }
    }

    /// Whether the part that was begun is the last one.
    public boolean atLast() {
        return part.weight() == left();
    }

    /// Takes note that the part was answered.
    ///
    /// @return whether another is left
    public boolean goOn() {
        chunksBefore += chunks;
        chunks = 0;
        boolean more = !atLast();
        int next = part.first(each) + part.weight();
        part = new Part(next / each, 0, next % each, 0);
        return more;
    }

    /// The answers that are not streamed.
    public PartsAnswer whole() {
        return whole;
    }

    /// The answers that are streamed.
    public PartsStream stream() {
        return stream;
    }

    /// Takes note of how many chunks with content the part has had.
    ///
    /// @return how many all parts have had
    public long spoke(long ofPart) {
        chunks = ofPart;
        return chunksBefore + ofPart;
    }

    /// The tokens that all parts took so far, a prompt's once.
    public Usage usage() {
        return spent.sum();
    }
}
