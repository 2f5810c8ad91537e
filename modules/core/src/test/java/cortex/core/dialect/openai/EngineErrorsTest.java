package cortex.core.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EngineErrorsTest {
    private static final EngineErrors.Source SOURCE = new EngineErrors.Source("m", "beast");

    private static Failure of(int status, String body) {
        return EngineErrors.of(status, body.getBytes(StandardCharsets.UTF_8), SOURCE);
    }

    private static Failure event(String data) {
        return EngineErrors.ofEvent(data.getBytes(StandardCharsets.UTF_8), SOURCE);
    }

    @Test
    void llamaServersOverflow() {
        Failure failure =
                of(
                        400,
                        """
                        {"error":{"code":400,"message":"request (6021 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6021,"n_ctx":4096}}\
                        """);
        assertThat(failure)
                .isEqualTo(
                        new Failure.ContextOverflow(
                                "prompt is too long: 6021 tokens > 4096 maximum", 6021L, 4096L));
    }

    @Test
    void overflowWithoutNumbersOfItsOwn() {
        assertThat(
                        of(
                                        400,
                                        """
                                        {"message":"request (7 tokens) exceeds the available context size (5 tokens)"}\
                                        """)
                                .message())
                .isEqualTo("prompt is too long: 7 tokens > 5 maximum");
        assertThat(
                        of(
                                        400,
                                        """
                                        {"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages)"}\
                                        """)
                                .message())
                .isEqualTo("prompt is too long: 5000 tokens > 4096 maximum");
    }

    @Test
    void mistralRsOverflowInBodyAndStream() {
        String text =
                "Prompt sequence length is greater than 4096, perhaps consider using"
                        + " `truncate_sequence`?";
        Failure body = of(422, "{\"message\":\"" + text + "\"}");
        assertThat(body).isInstanceOf(Failure.ContextOverflow.class);
        assertThat(body.message()).startsWith("prompt is too long:").contains("4096");
        assertThat(body.status()).isEqualTo(400);
        assertThat(
                        event(
                                "{\"error\":{\"message\":\""
                                        + text
                                        + "\",\"type\":\"server_error\",\"code\":null}}"))
                .isEqualTo(body);
    }

    @Test
    void validationIsTheClientsMistake() {
        assertThat(of(422, "{\"message\":\"temperature must be positive\"}"))
                .isEqualTo(new Failure.EngineError(400, "temperature must be positive", null));
        assertThat(of(422, "{\"detail\":[{\"loc\":1}]}").status()).isEqualTo(400);
        assertThat(of(400, "Failed to parse the request body as JSON: x at line 1"))
                .isEqualTo(
                        new Failure.EngineError(
                                400,
                                "Failed to parse the request body as JSON: x at line 1",
                                null));
        assertThat(
                        of(
                                        500,
                                        """
                                        {"error":{"code":500,"message":"[json.exception.parse_error.101] parse error","type":"server_error"}}\
                                        """)
                                .status())
                .isEqualTo(400);
        assertThat(
                        of(
                                        500,
                                        """
                                        {"error":{"code":500,"message":"input (3001 tokens) is too large to process. increase the physical batch size","type":"server_error"}}\
                                        """)
                                .status())
                .isEqualTo(400);
    }

    @Test
    void unsupportedIsNotRetried() {
        Failure failure =
                of(
                        501,
                        """
                        {"error":{"code":501,"message":"This server does not support embeddings. Start it with `--embeddings`","type":"not_supported_error"}}\
                        """);
        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.message()).contains("'m'").contains("embeddings");
        assertThat(of(404, "").status()).isEqualTo(400);
    }

    @Test
    void loadingAndLostModels() {
        assertThat(
                        of(
                                503,
                                """
                                {"error":{"message":"Loading model","type":"unavailable_error","code":503}}\
                                """))
                .isInstanceOf(Failure.StillLoading.class);
        assertThat(of(500, "{\"message\":\"model `x` is being reloaded\"}"))
                .isInstanceOf(Failure.StillLoading.class);
        assertThat(
                        of(
                                500,
                                """
                                {"message":"Requested model 'x' is not available. Available models: a, b. Use 'default' to use the default model."}\
                                """))
                .isInstanceOf(Failure.EngineGone.class);
    }

    @Test
    void whatANeuronSaysOfItsReplicaIsSaidOfTheModel() {
        for (String code : new String[] {"replica_gone", "engine_gone"}) {
            Failure failure =
                    of(
                            503,
                            """
                            {"error":{"message":"The engine of 'm-9a94' broke off","code":"%s"}}\
                            """
                                    .formatted(code));
            assertThat(failure).isInstanceOf(Failure.EngineGone.class);
            assertThat(failure.message()).contains("'m'").doesNotContain("m-9a94");
        }
    }

    @Test
    void theGatewaysOwnKeyIsNoBusinessOfTheClient() {
        Failure failure =
                of(
                        401,
                        """
                        {"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}\
                        """);
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.message()).doesNotContain("Invalid API Key");
    }

    @Test
    void everythingElse() {
        assertThat(of(500, "").status()).isEqualTo(500);
        assertThat(of(500, "<html>nginx</html>").message()).doesNotContain("html");
        assertThat(of(599, "x")).isEqualTo(new Failure.EngineError(500, "x", null));
        assertThat(of(413, "x").status()).isEqualTo(413);
        assertThat(of(429, "{\"error\":\"busy\"}")).isInstanceOf(Failure.Overloaded.class);
        assertThat(of(302, "").status()).isEqualTo(400);
        assertThat(event("{\"error\":\"boom\"}"))
                .isEqualTo(new Failure.EngineError(500, "boom", null));
        assertThat(event("{\"error\":{\"code\":400,\"message\":\"bad\",\"type\":\"x\"}}").status())
                .isEqualTo(400);
        assertThat(of(500, "y".repeat(100_000)).message().length()).isLessThan(600);
    }
}
