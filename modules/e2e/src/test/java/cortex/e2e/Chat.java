package cortex.e2e;

import com.google.errorprone.annotations.MustBeClosed;
import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;

/// Requests as users of the SDK write them.
final class Chat {
    private Chat() {}

    static ChatCompletionCreateParams ask(String model, String text) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage(text)
                .maxCompletionTokens(100_000)
                .build();
    }

    static String text(OpenAIClient client, String model) {
        return client.chat().completions().create(ask(model, "Hi")).choices().stream()
                .findFirst()
                .flatMap(choice -> choice.message().content())
                .orElse("");
    }

    static String content(ChatCompletionChunk chunk) {
        return chunk.choices().stream()
                .findFirst()
                .flatMap(choice -> choice.delta().content())
                .orElse("");
    }

    /// A stream that goes on for at least half a minute unless it is ended.
    @MustBeClosed
    static StreamResponse<ChatCompletionChunk> forever(OpenAIClient client, String model) {
        return client.chat().completions().createStreaming(ask(model, "go on forever"));
    }
}
