package cortex.core.dialect.openai.parts;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.ChatJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Adds up the tokens that engines tell of a request's parts. A prompt counts once, however many
/// answers it has. Where an engine tells them apart from the answers, that counts, else what stands
/// in the answers' own chunks, of each the latest. For one thread.
final class TokenUsage {
    private final int each;
    private final Map<Integer, Usage> answers = new HashMap<>();
    private final List<PartUsage> apart = new ArrayList<>();

    private record PartUsage(int prompt, Usage usage) {}

    /// Where each prompt has `each` answers.
    TokenUsage(int each) {
        this.each = each;
    }

    /// What stands in a chunk of the answer of that number.
    void ofAnswer(int number, Usage usage) {
        answers.merge(number, usage, Usage::merge);
    }

    /// What is reported of a part that begins with that prompt, apart from its answers.
    void ofPart(int prompt, Usage usage) {
        apart.add(new PartUsage(prompt, usage));
    }

    Usage sum() {
        List<PartUsage> reported = apart;
        if (reported.isEmpty()) {
            reported = new ArrayList<>();
            for (Map.Entry<Integer, Usage> answer : answers.entrySet()) {
                reported.add(new PartUsage(answer.getKey() / each, answer.getValue()));
            }
        }
        Map<Integer, Long> prompts = new HashMap<>();
        Map<Integer, Long> cached = new HashMap<>();
        Long completion = null;
        for (PartUsage one : reported) {
            Usage usage = one.usage;
            merge(prompts, one.prompt, usage.promptTokens());
            if (usage.cachedTokens() != null) {
                cached.putIfAbsent(one.prompt, usage.cachedTokens());
            }
            if (usage.completionTokens() != null) {
                completion = (completion == null ? 0 : completion) + usage.completionTokens();
            }
        }
        return new Usage(sum(prompts), completion, sum(cached));
    }

    private static void merge(Map<Integer, Long> most, int prompt, @Nullable Long tokens) {
        if (tokens != null) {
            most.merge(prompt, tokens, Math::max);
        }
    }

    private static @Nullable Long sum(Map<Integer, Long> counts) {
        return counts.isEmpty()
                ? null
                : Long.valueOf(counts.values().stream().mapToLong(Long::longValue).sum());
    }

    /// The sum, as it stands in answers.
    byte[] json() {
        Usage sum = sum();
        long prompt = sum.promptTokens() == null ? 0 : sum.promptTokens();
        long completion = sum.completionTokens() == null ? 0 : sum.completionTokens();
        ObjectNode usage =
                ChatJson.object()
                        .put("completion_tokens", completion)
                        .put("prompt_tokens", prompt)
                        .put("total_tokens", prompt + completion);
        if (sum.cachedTokens() != null) {
            usage.putObject("prompt_tokens_details").put("cached_tokens", sum.cachedTokens());
        }
        return ChatJson.text(usage).getBytes(StandardCharsets.UTF_8);
    }
}
