package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.relay.http.RunningServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The operator's commands, against a gateway that says what the test tells it to.
class OperatorCommandsTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicReference<String> answer =
            new AtomicReference<>("{\"changed\": false, \"changes\": []}");
    private final AtomicReference<Status> status = new AtomicReference<>(Status.OK_200);
    private RunningServer gateway;

    @BeforeEach
    void startGateway() {
        gateway = LoopbackGateway.with(this::routes);
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    private void routes(HttpRouting.Builder routes) {
        routes.post("/admin/{verb}", this::admin);
    }

    private void admin(ServerRequest request, ServerResponse response) {
        String key = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        String path = request.path().path();
        asked.add(path + " " + request.content().as(String.class) + " " + key);
        response.status(status.get()).send(answer.get());
    }

    private Result run(String... args) {
        Map<String, String> environment =
                Map.of(
                        "CORTEX_URL",
                        "http://" + gateway.address(),
                        "CORTEX_API_KEY",
                        "user",
                        "CORTEX_ADMIN_KEY",
                        "boss");
        return Console.run("", environment, args);
    }

    @Test
    void anEnginesLogComesByWayOfTheGateway() {
        answer.set("{\"model\": \"tiny\", \"node\": \"beast\", \"text\": \"one\\ntwo\"}");
        assertThat(run("logs", "tiny", "beast").out()).isEqualTo("one\ntwo\n");
        assertThat(asked)
                .containsExactly("/admin/logs {\"model\":\"tiny\",\"node\":\"beast\"} Bearer boss");
    }

    @Test
    void eachCommandIsOneWish() {
        assertThat(run("load", "tiny").code()).isZero();
        run("load", "tiny", "beast");
        run("unload", "tiny");
        run("pin", "tiny", "beast");
        run("unpin", "tiny", "beast");
        run("drain", "beast");
        run("undrain", "beast");
        assertThat(asked)
                .containsExactly(
                        "/admin/load {\"model\":\"tiny\"} Bearer boss",
                        "/admin/load {\"model\":\"tiny\",\"node\":\"beast\"} Bearer boss",
                        "/admin/unload {\"model\":\"tiny\"} Bearer boss",
                        "/admin/pin {\"model\":\"tiny\",\"node\":\"beast\"} Bearer boss",
                        "/admin/unpin {\"model\":\"tiny\",\"node\":\"beast\"} Bearer boss",
                        "/admin/drain {\"node\":\"beast\"} Bearer boss",
                        "/admin/undrain {\"node\":\"beast\"} Bearer boss");
    }

    @Test
    void whatIsPinnedTakesForce() {
        run("unload", "tiny", "--force");
        run("drain", "--force", "beast");
        assertThat(run("load", "tiny", "--force").code()).isEqualTo(2);
        assertThat(asked)
                .containsExactly(
                        "/admin/unload {\"model\":\"tiny\",\"force\":true} Bearer boss",
                        "/admin/drain {\"node\":\"beast\",\"force\":true} Bearer boss");
    }

    @Test
    void whatChangedIsPrinted() {
        assertThat(run("drain", "beast").out())
                .isEqualTo("Nothing to do: beast is draining already.\n");
        answer.set(
                """
                {"changed": true, "changes": [
                  {"model": null, "node": "beast", "step": "drained", "text": "Gets nothing new."},
                  {"model": "tiny", "node": "beast", "step": "moving", "text": "It moves."}]}
                """);
        assertThat(run("drain", "beast").out())
                .isEqualTo("beast: Gets nothing new.\ntiny on beast: It moves.\n");
    }

    @Test
    void whyPrintsTheText() {
        answer.set("{\"model\": \"tiny\", \"text\": \"tiny: goes to beast.\\n  more\"}");
        Result why = run("why", "tiny");
        assertThat(why.out()).isEqualTo("tiny: goes to beast.\n  more\n");
        assertThat(asked).containsExactly("/admin/plan {\"model\":\"tiny\"} Bearer boss");
    }

    @Test
    void refusalsAndMistakesSayWhatToDo() {
        answer.set("{\"error\": {\"message\": \"There is no node 'x'. Did you mean beast?\"}}");
        status.set(Status.NOT_FOUND_404);
        Result unknown = run("drain", "x");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("Did you mean beast?");
        status.set(Status.FORBIDDEN_403);
        assertThat(run("drain", "x").err()).contains("CORTEX_ADMIN_KEY");
        assertThat(run("pin", "tiny").code()).isEqualTo(2);
        assertThat(run("load").code()).isEqualTo(2);
        assertThat(asked).hasSize(2);
    }
}
