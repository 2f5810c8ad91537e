package cortex.relay.http;

import cortex.core.dialect.openai.OpenAiErrors;
import cortex.core.failure.FailedPlace;
import cortex.core.failure.Failure;
import cortex.core.node.Json;
import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Renders a failure that the server met before any route did (or that a program wants in the same
/// shape) as the bytes of a JSON body, and the headers that go with it.
@FunctionalInterface
public interface ErrorBody {
    /// The body for `failure`; never fails, names nothing of the machine.
    byte[] render(Failure failure, Refused request);

    /// Puts on the headers of such an answer, beside its type, id and `Retry-After`.
    default void headers(Failure failure, Refused request, WritableHeaders<?> response) {}

    /// What is known of a request that was refused: its id, its path (empty when it could not even
    /// be read) and its headers.
    record Refused(String id, String path, Headers headers) {}

    /// The OpenAI envelope `{"error":{"message","type","param","code"}}`, with what a client may
    /// read.
    static ErrorBody openAi() {
        return openAi(Failure::message, false);
    }

    /// The same with all that is known, for servers that only operators and gateways speak to: of a
    /// load that failed or is not tried `reason` says why, in the words of whoever knows it, `how`
    /// what became of it, and `ending` the same in a sentence of the neuron's.
    static ErrorBody forOperators() {
        return openAi(Failure::told, true);
    }

    private static ErrorBody openAi(Function<Failure, String> words, boolean operators) {
        return (failure, _) -> {
            Map<String, @Nullable Object> error = new LinkedHashMap<>();
            error.put("message", words.apply(failure));
            error.put("type", OpenAiErrors.type(failure));
            error.put("param", failure instanceof Failure.BadRequest bad ? bad.param() : null);
            error.put("code", OpenAiErrors.code(failure));
            if (failure instanceof Failure.EngineDied died) {
                error.put("in_flight", died.requests());
            }
            if (failure instanceof Failure.LoadFailed failed && operators) {
                FailedPlace place = failed.places().getFirst();
                error.put("reason", place.why());
                error.put("how", place.how().word());
                error.put("ending", place.reason());
            }
            return Json.MAPPER.writeValueAsBytes(Map.of("error", error));
        };
    }
}
