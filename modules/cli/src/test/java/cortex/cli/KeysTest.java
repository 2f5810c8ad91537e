package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.relay.http.RunningServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which key goes where.
class KeysTest {
    private static final String KEY = "key-of-the-file-0123456789";

    @TempDir private Path home;
    private final List<String> shown = new CopyOnWriteArrayList<>();
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
        routes.post("/admin/drain", this::answer)
                .get("/v1/models", this::answer)
                .post("/v1/chat/completions", this::chat);
    }

    private void answer(ServerRequest request, ServerResponse response) {
        String key = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        shown.add(key);
        if (key.isEmpty()) {
            response.status(Status.UNAUTHORIZED_401)
                    .send("{\"error\":{\"message\":\"Admin key required.\"}}");
        } else {
            response.send("{\"changes\":[],\"data\":[]}");
        }
    }

    private void chat(ServerRequest request, ServerResponse response) {
        shown.add("chat " + request.headers().first(HeaderNames.AUTHORIZATION).orElse(""));
        response.send("data: [DONE]\n\n");
    }

    private Path write(String name, String permissions) throws IOException {
        Path file = home.resolve(".local/state/cortex").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, KEY + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    private Result run(Map<String, String> more, String... args) {
        Map<String, String> environment = new HashMap<>(more);
        environment.putIfAbsent("CORTEX_URL", "http://" + gateway.address());
        environment.put("HOME", home.toString());
        return Console.run("", environment, args);
    }

    @Test
    void theFileOfThisUsersGatewayIsFound() throws IOException {
        write("admin-" + gateway.address().port() + ".key", "rw-------");
        assertThat(run(Map.of(), "drain", "beast").code()).isZero();
        run(Map.of("CORTEX_ADMIN_KEY", "boss"), "drain", "beast");
        run(Map.of("CORTEX_API_KEY", "user"), "drain", "beast");
        run(Map.of("CORTEX_API_KEY", "user"), "models");
        run(Map.of(), "models");
        assertThat(shown)
                .containsExactly(
                        "Bearer " + KEY,
                        "Bearer boss",
                        "Bearer " + KEY,
                        "Bearer user",
                        "Bearer " + KEY);
    }

    @Test
    void whoAsksAModelAsAnOperatorIsTold() throws IOException {
        Path file = write("admin-" + gateway.address().port() + ".key", "rw-------");
        assertThat(run(Map.of("CORTEX_API_KEY", "user"), "chat", "tiny", "hi").err()).isEmpty();
        assertThat(shown).containsExactly("chat Bearer user");
        shown.clear();
        assertThat(run(Map.of(), "chat", "tiny", "hi").err())
                .isEqualTo(
                        "CORTEX_API_KEY is not set, so this asks as an operator, with the key in "
                                + file
                                + ".\n");
        assertThat(shown).containsExactly("", "chat Bearer " + KEY);
        shown.clear();
        run(Map.of("CORTEX_API_KEY", "user"), "verify", "tiny");
        assertThat(shown).isNotEmpty().allMatch("Bearer user"::equals);
    }

    /// Whoever listens at another port or address may be anybody.
    @Test
    void theKeyGoesToNoOtherGateway() throws IOException {
        write("admin-" + (gateway.address().port() + 1) + ".key", "rw-------");
        write("admin-127.0.0.2-" + gateway.address().port() + ".key", "rw-------");
        Result result = run(Map.of(), "drain", "beast");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("Admin key required.", "no key", "CORTEX_ADMIN_KEY")
                .contains("--admin-key-file");
        assertThat(shown).containsExactly("");
    }

    @Test
    void aFileThatOthersCanReadIsShownToNobody() throws IOException {
        Path file = write("admin-" + gateway.address().port() + ".key", "rw-r--r--");
        Result result = run(Map.of(), "drain", "beast");
        assertThat(result.err()).contains(file + " is open to other users");
        assertThat(shown).containsExactly("");
        Result named = run(Map.of(), "drain", "beast", "--admin-key-file", file.toString());
        assertThat(named.code()).isEqualTo(1);
        assertThat(named.err()).contains("--admin-key-file: " + file + " is open to other users");
        assertThat(shown).hasSize(1);
    }

    @Test
    void aNamedFileComesFirst() throws IOException {
        Path file = write("elsewhere", "rw-------");
        String[] drain = {"drain", "beast", "--admin-key-file", file.toString()};
        assertThat(run(Map.of("CORTEX_ADMIN_KEY", "boss"), drain).code()).isZero();
        assertThat(shown).containsExactly("Bearer " + KEY);
        assertThat(run(Map.of("CORTEX_URL", "nonsense"), "drain", "beast").err())
                .contains("is not the URL of a gateway");
    }
}
