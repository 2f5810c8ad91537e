package cortex.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import cortex.relay.http.ErrorBody;
import io.helidon.http.WritableHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every failure with a marker in whatever an engine, a node or its host may have said: clients
/// never read it, operators do.
class NothingLeaksTest {
    private static final String POISON = "hunter2";
    private static final Duration SOON = Duration.ofSeconds(3);

    /// A host's address, a path, and a client's prompt in an engine's last words.
    private static final String SAID =
            "the engine was ended by signal 6; its last words:\n/srv/hunter2/m.gguf 10.9.8.7:8081"
                    + " grammar [{\"role\":\"user\",\"content\":\"my password is hunter2\"}]";

    /// What an engine answers to the client's own request; the host's paths are not the client's.
    private static final String ANSWERED =
            "cannot open /srv/hunter2/m.gguf at http://hunter2.internal:8081/x";

    private static final EngineErrors.Source SOURCE =
            new EngineErrors.Source("m", "hunter2.internal:9090");

    static Stream<Failure> poisoned() {
        Stream<Failure> engines =
                Stream.of(400, 401, 404, 413, 418, 429, 500, 502, 503, 504)
                        .flatMap(status ->
                                Stream.of("{\"error\":{\"message\":\"%s\"}}", "%s")
                                        .map(form -> answer(status, form.formatted(ANSWERED))));
        return Stream.concat(
                Stream.of(
                        new Failure.Unservable("m", "No node can.", SAID),
                        new Failure.NoCapacity("m", "No node can now.", SAID, SOON),
                        new Failure.StillLoading("m", "hunter2.internal:9090", SOON),
                        new Failure.LoadFailed("m", "hunter2.internal:9090", SAID, SOON),
                        new Failure.LoadFailed("m", "n1", SAID, SOON),
                        new Failure.LoadFailed("m", "n1", "no such file /srv/hunter2", SOON),
                        new Failure.EngineError(500, "It failed.", null, SAID),
                        new Failure.EngineGone("m", "It is gone.", SAID),
                        new Failure.NodeTls("m", SAID),
                        new Failure.EngineDied("m", "the engine ended (signal 6)", SAID, 1),
                        answer(502, "{\"error\":{\"code\":\"engine_gone\"}}"),
                        answer(502, died())),
                engines);
    }

    private static Failure answer(int status, String body) {
        return EngineErrors.of(status, body.getBytes(StandardCharsets.UTF_8), SOURCE);
    }

    private static String died() {
        var body = new Failure.EngineDied("m", "the engine ended (signal 6)", SAID, 2);
        return new String(ErrorBody.forOperators().render(body, refused()), StandardCharsets.UTF_8);
    }

    private static ErrorBody.Refused refused() {
        return new ErrorBody.Refused("req_7", "/v1/x", WritableHeaders.create());
    }

    /// All that is made of a failure for a client.
    static List<String> rendered(Failure failure) {
        return List.of(
                failure.message(),
                text(FailureRenderer.body(failure, false, "req_7")),
                text(FailureRenderer.body(failure, true, "req_7")),
                text(ErrorBody.openAi().render(failure, refused())),
                FailureRenderer.headers(failure).toString());
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("poisoned")
    void clientsReadNothingOfItAndOperatorsAll(Failure failure) {
        for (String client : rendered(failure)) {
            assertThat(client).doesNotContain(POISON, "/srv", "10.9.8.7", ":8081", ":9090");
        }
        boolean shared = failure instanceof Failure.Overloaded || said(failure);
        if (!shared) {
            assertThat(failure.told()).contains(POISON);
            assertThat(text(ErrorBody.forOperators().render(failure, refused()))).contains(POISON);
        }
    }

    /// An engine's refusal of the gateway itself: we say it in words of our own.
    private static boolean said(Failure failure) {
        return failure instanceof Failure.EngineError error
                && error.message().contains("did not accept");
    }

    @Test
    void everyKindIsPoisonedOrSpeaksOnlyOfTheRequestItself() {
        Set<Class<?>> own =
                Set.of(
                        Failure.BadRequest.class,
                        Failure.ContextOverflow.class,
                        Failure.Unsupported.class,
                        Failure.Unauthorized.class,
                        Failure.Forbidden.class,
                        Failure.UnknownModel.class,
                        Failure.UnknownPath.class,
                        Failure.MethodNotAllowed.class,
                        Failure.TooLarge.class,
                        Failure.Refused.class,
                        Failure.EngineSilent.class,
                        Failure.ShuttingDown.class,
                        Failure.ClientGone.class,
                        Failure.Internal.class);
        Set<Class<?>> tested =
                Stream.concat(own.stream(), poisoned().map(Object::getClass))
                        .collect(Collectors.toSet());
        assertThat(tested).containsExactlyInAnyOrder(Failure.class.getPermittedSubclasses());
    }

    @Test
    void anEnginesRefusalIsStillReadableAndBounded() {
        Failure failure = answer(400, "{\"error\":{\"message\":\"grammar is not supported\"}}");
        assertThat(failure.message()).isEqualTo("grammar is not supported");
        assertThat(answer(400, "x".repeat(50_000)).message()).hasSizeLessThan(600);
        assertThat(answer(429, "slow down"))
                .isEqualTo(
                        new Failure.Overloaded("slow down", Duration.ofSeconds(2), Limit.ENGINE));
    }

    @Test
    void theModelOfAnAnswerToClients() {
        assertThat(new Failure.LoadFailed("m", "n1", SAID, SOON).message())
                .isEqualTo("The model 'm' could not be loaded: the engine ended (signal 6).");
    }
}
