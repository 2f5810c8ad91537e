package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.failure.Failure;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Writes a response as one object, in every state it can be in.
final class ResponseObject {
    private static final int EMPTY_OBJECT = 2;

    /// What follows the object in an event, at most.
    private static final int END_OF_EVENT = 8;

    /// What a response that has just begun has besides the settings it repeats, about.
    private static final int OWN = 512;

    private final ResponseTerms response;
    private final byte[] model;
    private final byte[] echo;

    ResponseObject(ResponseTerms response) {
        this.response = response;
        this.model = ChatJson.bytes(ChatJson.NODES.stringNode(response.terms().model()));
        this.echo = ChatJson.bytes(response.echo());
    }

    /// How a response stands: its status, why it is incomplete or failed, and its tokens.
    record State(
            String status,
            @Nullable String incomplete,
            @Nullable Failure failure,
            @Nullable Counts usage) {
        static final State IN_PROGRESS = new State("in_progress", null, null, null);

        /// At the end, for the engine's reason `finish`.
        static State ended(String finish, Counts counts) {
            String why =
                    switch (finish) {
                        case "length" -> "max_output_tokens";
                        case "content_filter" -> "content_filter";
                        default -> null;
                    };
            return new State(why == null ? "completed" : "incomplete", why, null, counts);
        }

        static State failed(Failure failure, Counts counts) {
            return new State("failed", null, failure, counts);
        }
    }

    /// How many bytes a response that has just begun has, about.
    int emptySize() {
        return echo.length + OWN;
    }

    /// Appends the object.
    void write(JsonBuffer to, State state, List<Item> items) {
        to.raw(
                JsonBuffer.ascii(
                        "{\"id\":\"" + response.birth().id() + "\",\"object\":\"response\""));
        to.raw(JsonBuffer.ascii(",\"created_at\":")).number(response.birth().epochSecond());
        to.raw(JsonBuffer.ascii(",\"status\":\"" + state.status() + "\",\"background\":false"));
        to.raw(JsonBuffer.ascii(",\"error\":")).raw(error(state.failure()));
        String why = state.incomplete();
        String details = why == null ? "null" : "{\"reason\":\"" + why + "\"}";
        to.raw(JsonBuffer.ascii(",\"incomplete_details\":" + details));
        to.raw(JsonBuffer.ascii(",\"model\":")).raw(model);
        to.raw(JsonBuffer.ascii(",\"output\":["));
        for (int i = 0; i < items.size(); i++) {
            to.raw(JsonBuffer.ascii(i > 0 ? "," : ""));
            items.get(i).write(to, items.get(i).untold());
        }
        to.raw(JsonBuffer.ascii("],\"previous_response_id\":null,\"usage\":"));
        usage(to, state.usage());
        // The settings' object ends this one, without its opening brace.
        if (echo.length > EMPTY_OBJECT) {
            // With the event's end, or the buffer would double for that.
            to.reserve(echo.length + END_OF_EVENT);
            to.raw(JsonBuffer.ascii(",")).raw(echo, 1, echo.length);
        } else {
            to.raw(JsonBuffer.ascii("}"));
        }
    }

    private static byte[] error(@Nullable Failure failure) {
        if (failure == null) {
            return JsonBuffer.ascii("null");
        }
        ObjectNode error = ChatJson.object().put("code", code(failure));
        Duration wait = failure.retryAfter();
        // Codex reads how long to wait out of the sentence.
        String hint = wait == null ? "" : " Please try again in " + wait.toSeconds() + "s.";
        return ChatJson.bytes(error.put("message", failure.message() + hint));
    }

    private static String code(Failure failure) {
        return switch (failure) {
            case Failure.ContextOverflow _ -> "context_length_exceeded";
            case Failure.Overloaded _, Failure.NoCapacity _, Failure.StillLoading _ ->
                    "rate_limit_exceeded";
            case Failure.LoadFailed _, Failure.ShuttingDown _ -> "rate_limit_exceeded";
            // Codex asks again for whatever else it reads here.
            default -> failure.status() < 500 ? "invalid_prompt" : "server_error";
        };
    }

    /// Appends tokens as this API counts them: the cached ones are among the input's.
    private static void usage(JsonBuffer out, @Nullable Counts counts) {
        if (counts == null) {
            out.raw(JsonBuffer.ascii("null"));
            return;
        }
        Long reasoning = counts.reasoning();
        out.raw(JsonBuffer.ascii("{\"input_tokens\":")).number(counts.prompt());
        out.raw(JsonBuffer.ascii(",\"input_tokens_details\":{\"cached_tokens\":"));
        out.number(counts.cached());
        // No engine tells what it wrote to its cache; the SDKs want the number there.
        out.raw(JsonBuffer.ascii(",\"cache_write_tokens\":0},\"output_tokens\":"));
        out.number(counts.output());
        out.raw(JsonBuffer.ascii(",\"output_tokens_details\":{\"reasoning_tokens\":"));
        out.number(reasoning == null ? 0 : reasoning);
        out.raw(JsonBuffer.ascii("},\"total_tokens\":"));
        out.number(counts.prompt() + counts.output()).raw(JsonBuffer.ascii("}"));
    }
}
