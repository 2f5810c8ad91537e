package cortex.e2e;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Anthropic Messages as the tests ask and read them, by the official SDK.
final class Messages {
    private Messages() {}

    /// A client without retries, so that every failure shows.
    static AnthropicClient client(Stack stack, String key) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(stack.api())
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    static MessageCreateParams.Builder ask(String model, String text) {
        return MessageCreateParams.builder().model(model).maxTokens(10_000).addUserMessage(text);
    }

    /// The answer, put together by the SDK when it is streamed.
    static Message answered(AnthropicClient client, MessageCreateParams params, boolean stream) {
        if (!stream) {
            return client.messages().create(params);
        }
        MessageAccumulator whole = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> events =
                client.messages().createStreaming(params)) {
            events.stream().forEach(whole::accumulate);
        }
        return whole.message();
    }

    static String text(Message message) {
        StringBuilder text = new StringBuilder();
        message.content().forEach(b -> b.text().ifPresent(part -> text.append(part.text())));
        return text.toString();
    }

    /// A tool that wants a city.
    static Tool tool(String name) {
        return Tool.builder()
                .name(name)
                .inputSchema(
                        Tool.InputSchema.builder()
                                .properties(
                                        Tool.InputSchema.Properties.builder()
                                                .putAdditionalProperty(
                                                        "city",
                                                        JsonValue.from(Map.of("type", "string")))
                                                .build())
                                .required(List.of("city"))
                                .build())
                .build();
    }
}
