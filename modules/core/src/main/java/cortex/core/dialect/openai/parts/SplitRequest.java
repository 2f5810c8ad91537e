package cortex.core.dialect.openai.parts;

import cortex.core.dialect.RequestCost;
import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.ChatJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A request for several answers that an engine is asked in parts: which part is next, and what has
/// come of the answer so far. For one thread.
public final class SplitRequest implements Parts {
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

    /// The request in `body`, which costs so much.
    ///
    /// @param wantsUsage whether the client wants a chunk of its own that tells usage
    /// @throws cortex.core.failure.FailureException when it is not one JSON object, or does not say
    ///   clearly how many answers it asks for
    public static SplitRequest of(byte[] body, RequestCost cost, boolean wantsUsage) {
        ObjectNode request = ChatJson.object(body);
        JsonNode prompt = request.path("prompt");
        int prompts = isList(prompt) ? prompt.size() : 1;
        int n = number(request, "n");
        int own = number(request, "n_cmpl");
        int each = Math.max(1, Math.max(n, own));
        boolean clear =
                (n == 0 || own == 0)
                        && prompts == cost.prompts()
                        && Math.max(each, number(request, "best_of")) == cost.each();
        if (!clear) {
            throw ChatJson.bad(
                    "n: give 'n', 'best_of' and 'prompt' once each, and 'n_cmpl' instead of 'n' or"
                            + " not at all",
                    "n");
        }
        return new SplitRequest(isChat(request) ? 1 : prompts, each, wantsUsage);
    }

    private static int number(ObjectNode request, String field) {
        return ChatJson.has(request, field) ? request.path(field).asInt(0) : 0;
    }

    /// In a chat no engine reads a prompt.
    private static boolean isChat(ObjectNode request) {
        return request.path("messages").isArray();
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

    @Override
    public int left() {
        return prompts * each - part.first(each);
    }

    @Override
    public byte[] ask(byte[] body, int most) {
        part = next(part.prompt(), part.answer(), most);
        ObjectNode request = ChatJson.object(body);
        request.remove("n_cmpl");
        request.put("n", part.answers());
        chooseFrom(request, most / part.prompts());
        if (isChat(request)) {
            request.remove("prompt");
        } else if (request.path("prompt") instanceof ArrayNode list && isList(list)) {
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

    /// The best of several answers is found among no more than may be made at once.
    private void chooseFrom(ObjectNode request, int most) {
        int best = Math.min(number(request, "best_of"), most);
        if (best > part.answers() && !isChat(request)) {
            request.put("best_of", best);
        } else {
            request.remove("best_of");
        }
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

    @Override
    public boolean atLast() {
        return part.weight() == left();
    }

    @Override
    public boolean goOn() {
        chunksBefore += chunks;
        chunks = 0;
        boolean more = !atLast();
        int next = part.first(each) + part.weight();
        part = new Part(next / each, 0, next % each, 0);
        return more;
    }

    @Override
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

    @Override
    public Usage usage() {
        return spent.sum();
    }
}
