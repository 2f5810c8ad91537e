package cortex.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every failure that exists, in both dialects: status, type, code, and the headers that libraries
/// act on. OpenAI's Responses has the envelope of its chat.
class FailureTableTest {
    private static final Duration SOON = Duration.ofMillis(4200);
    private static final String NO_USE = "x-should-retry=false";
    private static final String LATER = "retry-after=5";

    private record Row(String openAi, String anthropic, String headers) {}

    private static final Map<Failure, Row> TABLE = new LinkedHashMap<>();

    private static void row(Failure failure, String openAi, String anthropic, String headers) {
        TABLE.put(failure, new Row(openAi, anthropic, headers));
    }

    static {
        String bad = "invalid_request_error";
        row(new Failure.BadRequest("m", "p"), "400 " + bad + " null", "400 " + bad, NO_USE);
        row(
                new Failure.ContextOverflow("m", 9L, 5L),
                "400 " + bad + " context_length_exceeded",
                "400 " + bad,
                NO_USE);
        row(
                new Failure.Unsupported(400, "m", "thread_unsupported_request"),
                "400 " + bad + " thread_unsupported_request",
                "400 " + bad + " thread_unsupported_request",
                NO_USE);
        row(
                new Failure.Unsupported(404, "m", "thread_not_found"),
                "404 " + bad + " thread_not_found",
                "404 not_found_error thread_not_found",
                NO_USE);
        row(
                new Failure.Unauthorized("m"),
                "401 " + bad + " invalid_api_key",
                "401 authentication_error",
                NO_USE);
        row(
                new Failure.UnknownModel("x", List.of()),
                "404 " + bad + " model_not_found",
                "404 not_found_error",
                NO_USE);
        row(
                new Failure.Forbidden("m"),
                "403 " + bad + " forbidden",
                "403 permission_error",
                NO_USE);
        row(
                new Failure.Unservable("x", "m"),
                "404 " + bad + " model_not_servable",
                "404 not_found_error",
                NO_USE);
        row(
                new Failure.UnknownPath("GET", "/x"),
                "404 " + bad + " unknown_url",
                "404 not_found_error",
                NO_USE);
        row(
                new Failure.MethodNotAllowed("PUT", "/x", List.of("GET", "HEAD")),
                "405 " + bad + " method_not_allowed",
                "405 " + bad,
                NO_USE + " allow=GET, HEAD");
        row(
                new Failure.TooLarge(5),
                "413 " + bad + " request_too_large",
                "413 request_too_large",
                NO_USE);
        row(
                new Failure.TooLarge(5, true),
                "413 " + bad + " request_body_too_large_after_decoding",
                "413 request_too_large request_body_too_large_after_decoding",
                NO_USE);
        row(new Failure.Refused(408, "m"), "408 timeout null", "408 timeout_error", "");
        row(new Failure.Refused(414, "m"), "414 " + bad + " null", "414 " + bad, NO_USE);
        row(new Failure.Refused(431, "m"), "431 " + bad + " null", "431 " + bad, NO_USE);
        row(new Failure.Refused(505, "m"), "505 " + bad + " null", "505 api_error", NO_USE);
        row(
                new Failure.Overloaded("m", SOON),
                "429 rate_limit_error rate_limit_exceeded",
                "429 rate_limit_error",
                LATER);
        servers();
    }

    private static void servers() {
        String busy = " overloaded_error";
        row(
                new Failure.NoCapacity("x", "m", SOON),
                "503 server_error no_capacity",
                "529" + busy,
                LATER);
        row(
                new Failure.StillLoading("x", "n", SOON),
                "503 server_error model_loading",
                "503" + busy,
                LATER);
        row(
                new Failure.LoadFailed("x", "n", "r", Duration.ofMillis(3)),
                "503 server_error model_load_failed",
                "503" + busy,
                "retry-after=1");
        row(new Failure.ShuttingDown(), "503 server_error shutting_down", "503" + busy, LATER);
        row(
                new Failure.EngineError(400, "m", "c"),
                "400 invalid_request_error c",
                "400 invalid_request_error",
                NO_USE);
        row(
                new Failure.EngineError(500, "m", null),
                "500 server_error null",
                "500 api_error",
                NO_USE);
        row(new Failure.EngineError(502, "m", null), "502 server_error null", "502 api_error", "");
        row(
                new Failure.EngineError(504, "m", null),
                "504 server_error null",
                "504 timeout_error",
                NO_USE);
        row(new Failure.EngineGone("x", "m"), "502 server_error engine_gone", "502 api_error", "");
        row(new Failure.NodeTls("x", "d"), "502 server_error node_tls", "502 api_error", "");
        row(
                new Failure.EngineDied("x", "e", null, 1),
                "502 server_error engine_died",
                "502 api_error",
                NO_USE);
        row(
                new Failure.EngineSilent("x", SOON),
                "504 timeout engine_silent",
                "504 timeout_error",
                NO_USE);
        row(new Failure.ClientGone(), "499 server_error client_gone", "499 api_error", NO_USE);
        row(
                new Failure.Internal("req_7"),
                "500 server_error internal_error",
                "500 api_error",
                NO_USE);
    }

    @Test
    void everyFailureStandsInTheTable() {
        assertThat(TABLE.keySet().stream().map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(Failure.class.getPermittedSubclasses());
    }

    @Test
    void everyFailureInEveryDialect() {
        TABLE.forEach((failure, row) -> {
            JsonNode error = envelope(failure, false).path("error");
            List<String> names = new ArrayList<>(List.of("message", "type", "param", "code"));
            if (failure.detail() != null) {
                names.add("request_id");
            }
            if (failure instanceof Failure.StillLoading) {
                names.add("loading");
            }
            assertThat(error.propertyNames()).containsExactlyElementsOf(names);
            assertThat(error.path("message").asString()).isNotBlank();
            int status = FailureRenderer.status(failure, false);
            assertThat(status + " " + word(error, "type") + " " + word(error, "code"))
                    .as(failure.toString())
                    .isEqualTo(row.openAi());
            JsonNode envelope = envelope(failure, true);
            assertThat(envelope.propertyNames()).containsExactly("type", "error", "request_id");
            assertThat(word(envelope, "request_id")).isEqualTo("req_7");
            assertThat(envelope.path("error").path("message").asString()).isNotBlank();
            assertThat(said(FailureRenderer.status(failure, true), envelope.path("error")))
                    .as(failure.toString())
                    .isEqualTo(row.anthropic());
            assertThat(headers(failure)).as(failure.toString()).isEqualTo(row.headers());
        });
    }

    private static JsonNode envelope(Failure failure, boolean anthropic) {
        String body = new String(FailureRenderer.body(failure, anthropic, "req_7"), UTF_8);
        assertThat(body).doesNotContain("\n");
        return JsonMapper.shared().readTree(body);
    }

    private static String word(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isNull() ? "null" : value.asString();
    }

    private static String said(int status, JsonNode error) {
        String code = error.path("details").path("error_code").asString("");
        return (status + " " + word(error, "type") + " " + code).strip();
    }

    private static String headers(Failure failure) {
        return FailureRenderer.headers(failure).entrySet().stream()
                .map(header -> header.getKey() + "=" + header.getValue())
                .collect(Collectors.joining(" "));
    }
}
