package cortex.gateway.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.node.FailureCause;
import cortex.gateway.config.PollingConfig;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a neuron may not say.
class ReportRulesTest {
    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpNeuronClient client = client(ReportRules.USUAL);

    private HttpNeuronClient client(ReportRules rules) {
        Duration patience = Duration.ofSeconds(10);
        return new HttpNeuronClient(
                http,
                neuron.url(),
                new HttpNeuronClient.Patience(patience, patience, patience),
                rules);
    }

    @AfterEach
    void close() {
        neuron.close();
        http.shutdownNow();
    }

    private interface Asking {
        void ask() throws Exception;
    }

    private static NeuronException broken(Asking asking) {
        NeuronException e = catchThrowableOfType(NeuronException.class, asking::ask);
        assertThat(e).isNotNull();
        assertThat(e.breaksRules()).as(e.text()).isTrue();
        assertThat(e.certain()).isFalse();
        return e;
    }

    private static String models(int count) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        "{\"id\":\"m%d\",\"status\":\"loaded\",\"replica\":\"r%d\"}"
                                .formatted(i, i))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void moreModelsThanAllowedAreNoReport() throws Exception {
        neuron.answer("GET /models", 200, models(256));
        assertThat(client.models()).hasSize(256);
        neuron.answer("GET /models", 200, models(257));
        assertThat(broken(client::models).text())
                .isEqualTo("lists more than 256 models (max_report_models)");
        var more = client(new ReportRules(new PollingConfig.Reports(1 << 20, 300)));
        assertThat(more.models()).hasSize(257);
    }

    @Test
    void moreBytesThanAllowedAreNoReport() {
        neuron.answer("GET /models", 200, models(60_000));
        assertThat(broken(client::models).text())
                .isEqualTo("answered with more than it may (max_report)");
        neuron.answer("GET /health", 200, "{\"x\":\"" + "x".repeat(1 << 20) + "\"}");
        broken(client::health);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"vram_used_mb\":-1",
                "\"vram_used_mb\":9000000000",
                "\"peak_used_mb\":9000000000000",
                "\"devices_used_mb\":[9000000000]",
                "\"in_flight\":-1",
                "\"in_flight\":2000000000",
                "\"slots\":-5",
                "\"slots\":2000000000",
                "\"context\":-1",
                "\"load_secs\":-1",
                "\"load_secs\":1e300",
                "\"progress\":7",
                "\"last_progress_secs\":1e300",
                "\"devices\":[0,0]",
                "\"devices\":[-1]",
                "\"harness\":\"a\\u001b[2J\"",
                "\"engine_model\":\"a\\nb\"",
            })
    void oneOddFieldOfAModelMakesItNoReport(String field) {
        neuron.answer(
                "GET /models",
                200,
                "[{\"id\":\"m\",\"status\":\"loaded\",\"replica\":\"r\"," + field + "}]");
        broken(client::models);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a\\nb", "a\\u001b]0;x\\u0007", "a\\u202eb", "a\\u2028b", "a\\u009bb"})
    void idsArePrintable(String id) {
        neuron.answer(
                "GET /models",
                200,
                "[{\"id\":\"" + id + "\",\"status\":\"loaded\",\"replica\":\"r\"}]");
        broken(client::models);
        neuron.answer(
                "GET /models",
                200,
                "[{\"id\":\"m\",\"status\":\"loaded\",\"replica\":\"" + id + "\"}]");
        broken(client::models);
    }

    @Test
    void idsAreShort() {
        String longest = "m".repeat(257);
        neuron.answer(
                "GET /models",
                200,
                "[{\"id\":\"" + longest + "\",\"status\":\"loaded\",\"replica\":\"r\"}]");
        assertThat(broken(client::models).text()).contains("257 characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    health    | "reading_age_secs":9223372036854775807
                    health    | "reading_age_secs":-1
                    health    | "ram_free_mb":-7
                    health    | "uptime_secs":-1
                    health    | "devices":[{"index":0,"vram_free_mb":9000000000}]
                    health    | "devices":[{"index":-3}]
                    health    | "harnesses":[{"cycles":1}]
                    discovery | "ram_total_mb":-1
                    discovery | "devices":[{"index":0},{"index":0}]
                    discovery | "devices":[{"index":0,"vram_total_mb":9000000000}]
                    discovery | "devices":[{"index":0,"vendor":" "}]
                    discovery | "devices":[{"index":0,"capability":{" ":"9.0"}}]
                    discovery | "devices":[{"index":0,"capability":{"compute":"9\\u0000"}}]
                    discovery | "harnesses":["a\\u0000"]
                    """)
    void oneOddFieldOfAHostMakesItNoReport(String of, String field) {
        neuron.answer("GET /" + of, 200, "{" + field + "}");
        broken(of.equals("health") ? client::health : client::discovery);
    }

    @Test
    void noHostHasThatManyDevicesAndHarnesses() {
        String devices =
                IntStream.range(0, 65)
                        .mapToObj(i -> "{\"index\":" + i + "}")
                        .collect(Collectors.joining(","));
        neuron.answer("GET /discovery", 200, "{\"devices\":[" + devices + "]}");
        neuron.answer("GET /health", 200, "{\"devices\":[" + devices + "]}");
        broken(client::discovery);
        broken(client::health);
        String names =
                IntStream.range(0, 33)
                        .mapToObj(i -> "\"h" + i + "\"")
                        .collect(Collectors.joining(","));
        neuron.answer("GET /discovery", 200, "{\"harnesses\":[" + names + "]}");
        broken(client::discovery);
    }

    @Test
    void wordsForPeopleAreMadePrintable() throws Exception {
        neuron.answer(
                "GET /discovery",
                200,
                "{\"hostname\":\"h\\u001b[2J\",\"os\":\"\\u202elinux\",\"note\":\""
                        + "x".repeat(20_000)
                        + "\",\"devices\":[{\"index\":0,\"name\":\"card\\u009b\\n1\"}]}");
        var told = client.discovery();
        assertThat(told.hostname()).isEqualTo("h [2J");
        assertThat(told.os()).isEqualTo(" linux");
        assertThat(told.note()).hasSize(8192);
        assertThat(told.devices().getFirst().name()).isEqualTo("card \n1");
    }

    @Test
    void whyALoadFailedIsOnePrintableLineOfBoundedLength() throws Exception {
        String entry =
                "[{'id':'m','replica':'r','status':'failed','harness':'h','devices':[],"
                        + "'reason':'it\\nexited','cause':%s}]";
        entry = entry.replace('\'', '"');
        String line = "no\\u001b[2J\\nfile " + "x".repeat(5_000);
        String cause = "{\"kind\":\"file_missing\",\"line\":\"" + line + "\"}";
        neuron.answer("GET /models", 200, entry.formatted(cause));
        var told = client.models().getFirst().engine();
        assertThat(told.reason()).isEqualTo("it exited");
        FailureCause why = Objects.requireNonNull(told.cause());
        assertThat(why.kind()).isEqualTo(FailureCause.Kind.FILE_MISSING);
        assertThat(why.line()).startsWith("no [2J file xxx").hasSize(501);
        for (String broken : List.of("\"late\"", "[1]", "{\"line\":{}}")) {
            neuron.answer("GET /models", 200, entry.formatted(broken));
            assertThat(catchThrowableOfType(NeuronException.class, client::models)).isNotNull();
        }
        neuron.answer("GET /models", 200, entry.formatted("{\"kind\":7,\"line\":null}"));
        assertThat(client.models().getFirst().engine().cause()).isEqualTo(FailureCause.UNKNOWN);
    }

    @Test
    void aLoadAndAnEndpointHaveSoundNames() {
        neuron.answer(
                "GET /models/m/endpoint",
                200,
                "{\"url\":\"http://x\\n\",\"engine_model\":\"m\",\"replica\":\"r\"}");
        broken(() -> client.endpoint("m"));
        neuron.answer(
                "GET /models/m/endpoint",
                200,
                "{\"url\":\"http://x\",\"engine_model\":\"\",\"replica\":\"r\"}");
        broken(() -> client.endpoint("m"));
    }
}
