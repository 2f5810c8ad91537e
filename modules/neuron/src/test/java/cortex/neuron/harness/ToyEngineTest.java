package cortex.neuron.harness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.HarnessKind;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.config.NeuronConfig.Started;
import cortex.neuron.harness.EngineHttp.Answer;
import cortex.neuron.harness.policy.FlagTable;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Does what docs/extending/engine.md says, with an engine that does not exist.
class ToyEngineTest {
    private static final LoadRequest REQUEST =
            new LoadRequest("m", "toy", null, null, List.of(), null, EngineOptions.NONE);

    /// Step 2 of the page: the driver.
    private record Toy(Program program) implements EngineDriver {
        static Toy of(HarnessConfig config) {
            return new Toy(Program.of(config, "toy-server"));
        }

        @Override
        public @Nullable String unavailable() {
            return program.unavailable();
        }

        @Override
        public Command command(Harness.Launch launch, int port) {
            String model = launch.request().modelId();
            List<String> argv =
                    List.of(program.path(), "--serve", model, "--port", Integer.toString(port));
            return program.command(argv, launch);
        }

        @Override
        public Readiness.Answer<Harness.Facts> ask(EngineHttp http, URI url, LoadRequest request)
                throws InterruptedException {
            try {
                Answer health = http.get(url, "/health", Duration.ofSeconds(3));
                String model = health.field("model");
                return model == null
                        ? new Readiness.NotYet<>("it loads")
                        : new Readiness.Ready<>(
                                new Harness.Facts(model, 4, 8192, EngineTraits.UNKNOWN));
            } catch (IOException e) {
                return new Readiness.NotYet<>("it does not answer");
            }
        }
    }

    private static HarnessConfig config(String name, String binary) {
        Duration second = Duration.ofSeconds(1);
        return new HarnessConfig(
                name,
                null,
                new Started(binary, null, List.of(), List.of(), List.of(), List.of()),
                false,
                new NeuronConfig.Patience(second, second));
    }

    @Test
    void theDriverSaysHowTheEngineIsStarted() {
        Toy toy = Toy.of(config("toy", "/nowhere/toy-server"));
        assertThat(toy.unavailable()).isEqualTo("there is no program /nowhere/toy-server");
        EngineDriver.Command command =
                toy.command(new Harness.Launch("r", REQUEST, Map.of()), 8100);
        assertThat(command.argv())
                .containsExactly("/nowhere/toy-server", "--serve", "m", "--port", "8100");
    }

    @Test
    void theDriverSaysWhenTheEngineIsReady() throws IOException, InterruptedException {
        Toy toy = Toy.of(config("toy", "/nowhere/toy-server"));
        EngineHttp http = new EngineHttp();
        assertThat(asked(toy, http, "{}")).isEqualTo(new Readiness.NotYet<>("it loads"));
        assertThat(asked(toy, http, "{\"model\":\"m\"}"))
                .isEqualTo(
                        new Readiness.Ready<>(
                                new Harness.Facts("m", 4, 8192, EngineTraits.UNKNOWN)));
    }

    /// What the driver makes of an engine that answers with this body.
    private static Readiness.Answer<Harness.Facts> asked(Toy toy, EngineHttp http, String body)
            throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            Thread engine = Thread.ofVirtual().start(() -> answer(server, body));
            URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
            Readiness.Answer<Harness.Facts> answer = toy.ask(http, url, REQUEST);
            engine.join();
            return answer;
        }
    }

    private static void answer(ServerSocket server, String body) {
        try (Socket socket = server.accept()) {
            int line = 0;
            int next = socket.getInputStream().read();
            while (next >= 0 && !(next == '\n' && line == 0)) {
                line = next == '\n' ? 0 : next == '\r' ? line : line + 1;
                next = socket.getInputStream().read();
            }
            String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
            socket.getOutputStream()
                    .write((head + body.length() + "\r\n\r\n" + body).getBytes(UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Steps 1 and 3: each harness that there is has its driver and its flags.
    @Test
    void everyHarnessIsComplete() {
        for (HarnessKind kind : HarnessKind.values()) {
            assertThat(ChildHarness.unavailable(config(kind.word(), "/nowhere/engine")))
                    .as(kind.word())
                    .isEqualTo("there is no program /nowhere/engine");
            assertThat(FlagTable.of(kind).managed("--port")).as(kind.word()).isTrue();
        }
    }

    @Test
    void thePageNamesWhatIsThere() throws IOException {
        Path root = Path.of("../..").toAbsolutePath().normalize();
        String page = Files.readString(root.resolve("docs/extending/engine.md"));
        for (Class<?> used :
                List.of(
                        HarnessKind.class,
                        EngineApi.class,
                        EngineDriver.class,
                        EngineTraits.class,
                        ChildHarness.class,
                        FlagTable.class,
                        Program.class,
                        getClass())) {
            assertThat(page).contains("`" + used.getSimpleName() + "`");
        }
        Matcher paths = Pattern.compile("`((?:modules|docs)/[^`]+)`").matcher(page);
        assertThat(paths.results().map(path -> root.resolve(path.group(1))).toList())
                .hasSizeGreaterThan(2)
                .allSatisfy(path -> assertThat(path).exists());
    }
}
