package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.neuron.device.DeviceReading;
import cortex.neuron.device.OneProbe;
import cortex.neuron.replica.Entry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class NeuronApiTest {
    @Test
    void tellsWhatTheHostIs() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            JsonNode discovery = api.json("/discovery");

            assertThat(discovery.get("hostname").stringValue()).isEqualTo("beast");
            assertThat(discovery.get("os").stringValue()).isEqualTo("Fedora Linux 43");
            assertThat(discovery.get("harnesses").toString()).isEqualTo("[\"fake\"]");
            assertThat(discovery.get("devices").get(0).toString())
                    .isEqualTo(
                            "{\"index\":0,\"vendor\":\"nvidia\",\"name\":\"NVIDIA L40S\","
                                    + "\"uuid\":\"GPU-0\",\"vram_total_mb\":46068,"
                                    + "\"memory\":\"own\",\"capability\":{\"compute\":\"8.9\","
                                    + "\"cuda\":\"13.0\",\"driver\":\"580.95\"}}");
            assertThat(discovery.get("devices").get(1).get("memory").isNull()).isTrue();
            assertThat(discovery.get("devices").get(1).get("vram_total_mb").isNull()).isTrue();
            assertThat(discovery.get("note").isNull()).isTrue();
        }
    }

    @Test
    void tellsHowTheHostIsWithUnknownAsNull() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            JsonNode health = api.json("/health");

            assertThat(health.get("uptime_secs").longValue()).isBetween(0L, 60L);
            assertThat(health.get("reading_age_secs").longValue()).isBetween(0L, 60L);
            assertThat(health.get("devices").get(0).toString())
                    .isEqualTo(
                            "{\"index\":0,\"vram_used_mb\":30122,\"vram_free_mb\":15427,"
                                    + "\"utilization_pct\":97,\"temp_c\":71}");
            assertThat(health.get("devices").get(1).toString())
                    .isEqualTo(
                            "{\"index\":1,\"vram_used_mb\":null,\"vram_free_mb\":null,"
                                    + "\"utilization_pct\":null,\"temp_c\":null}");
        }
    }

    @Test
    void aHostWithoutDevicesSaysWhy() throws Exception {
        try (ApiFixture api =
                new ApiFixture(
                        new OneProbe(
                                () -> DeviceReading.failed("the driver is not loaded (exit 9)")))) {
            api.devices.awaitFirst(Duration.ofSeconds(20));

            assertThat(api.json("/discovery").get("devices")).isEmpty();
            assertThat(api.json("/discovery").get("note").stringValue()).contains("exit 9");
            assertThat(api.json("/health").get("reading_age_secs").isNull()).isTrue();
            String load = "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[0]}";
            assertThat(error(api.send("POST", "/models/load", load), 400))
                    .contains("knows of no devices")
                    .contains("exit 9");
        }
    }

    @Test
    void aLoadIsAnEnsure() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            String body = "{\"model_id\":\"org/m\",\"harness\":\"fake\",\"devices\":[0,1]}";

            JsonNode first = api.post("/models/load", body);
            JsonNode second = api.post("/models/load", body);

            assertThat(first.get("status").stringValue()).isEqualTo("loading");
            assertThat(second).isEqualTo(first);
            JsonNode loading = api.awaitStatus("org/m", "loading");
            assertThat(loading.get("last_progress_secs").doubleValue()).isBetween(0.0, 60.0);
            api.harness.ready.countDown();
            JsonNode entry = api.awaitStatus("org/m", "loaded");
            assertThat(entry.get("replica")).isEqualTo(first.get("replica"));
            assertThat(entry.get("devices").toString()).isEqualTo("[0,1]");
            assertThat(entry.get("vram_used_mb").longValue()).isEqualTo(2296);
            assertThat(entry.get("devices_used_mb").toString()).isEqualTo("[2296,0]");
            assertThat(entry.get("peak_used_mb").longValue()).isEqualTo(2296);
            assertThat(entry.get("progress").isNull()).isTrue();
            assertThat(entry.get("last_progress_secs").isNull()).isTrue();
            JsonNode third = api.post("/models/load", body);
            assertThat(third.get("status").stringValue()).isEqualTo("loaded");
            assertThat(third.get("replica")).isEqualTo(first.get("replica"));
        }
    }

    @ParameterizedTest
    @CsvSource({"/models/org/m:q4/endpoint", "/models/org%2Fm%3aq4/endpoint"})
    void theEndpointIsTheDoorAsItsCallerReachesIt(String path) throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            assertThat(error(api.get(path), 404)).contains("'org/m:q4' is not loaded");
            String replica = api.loaded("org/m:q4");

            JsonNode endpoint = api.json(path);

            assertThat(endpoint.get("url").stringValue())
                    .isEqualTo("http://127.0.0.1:" + api.port() + "/engines/" + replica);
            assertThat(endpoint.get("engine_model").stringValue()).isEqualTo("as-org/m:q4");
            assertThat(endpoint.get("replica").stringValue()).isEqualTo(replica);
        }
    }

    @Test
    void theHostHeaderNamesTheNeuronAndNonsenseInItDoesNot() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            String replica = api.loaded("m");

            String door = "/engines/" + replica + "\"";
            assertThat(raw(api, "beast.internal:9090"))
                    .contains("\"http://beast.internal:9090" + door);
            assertThat(raw(api, "beast")).contains("\"http://beast" + door);
            assertThat(raw(api, "[fd00::1]:9090")).contains("\"http://[fd00::1]:9090" + door);
            assertThat(raw(api, "a_b.example")).contains("\"http://a_b.example" + door);
            assertThat(
                            OwnUrl.of(
                                    "http://",
                                    "evil.example/x?",
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 9)))
                    .isEqualTo("http://127.0.0.1:9");
            assertThat(
                            OwnUrl.of(
                                    "https://",
                                    null,
                                    new InetSocketAddress(
                                            InetAddress.getByAddress(new byte[] {10, 1, 2, 3}),
                                            9090)))
                    .isEqualTo("https://10.1.2.3:9090");
        }
    }

    private static String raw(ApiFixture api, String host) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.getOutputStream()
                    .write(
                            ("GET /models/m/endpoint HTTP/1.1\r\nHost: "
                                            + host
                                            + "\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(20_000);
            // To the end of the stream: who asks for the connection to be closed gets that, too.
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aDirectHarnessGivesTheEnginesOwnUrl() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            api.harness.direct = true;
            api.loaded("m");

            assertThat(api.json("/models/m/endpoint").get("url").stringValue())
                    .isEqualTo("http://127.0.0.1:1");
        }
    }

    @Test
    void anUnloadWaitsAndRefusesWhatIsBusy() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            String replica = api.loaded("org/m");
            api.harness.stoppable.countDown();
            Entry inFlight = Objects.requireNonNull(api.replicas.enter(replica));

            HttpResponse<String> busy =
                    api.send(
                            "POST",
                            "/models/unload",
                            "{\"model_id\":\"org/m\",\"only_if_idle\":true}");

            assertThat(busy.statusCode()).isEqualTo(409);
            JsonNode error = Json.MAPPER.readTree(busy.body()).get("error");
            assertThat(error.get("code").stringValue()).isEqualTo("busy");
            assertThat(error.get("in_flight").intValue()).isEqualTo(1);
            inFlight.close();
            JsonNode unloaded = api.post("/models/unload", "{\"model_id\":\"org/m\"}");
            assertThat(unloaded.get("status").stringValue()).isEqualTo("unloaded");
            assertThat(unloaded.get("took_secs").doubleValue()).isNotNegative();
            assertThat(api.json("/models")).isEmpty();
            assertThat(api.post("/models/unload", "{\"model_id\":\"nobody\"}").toString())
                    .isEqualTo(
                            "{\"status\":\"unloaded\",\"freed_mb\":null,\"leaked_mb\":null,"
                                    + "\"escalated\":false,\"took_secs\":null,\"note\":null}");
        }
    }

    @Test
    void aFailedLoadShowsWhy() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            api.harness.ready.countDown();
            api.harness.stoppable.countDown();
            String body = "{\"model_id\":\"broken\",\"harness\":\"fake\"}";
            api.post("/models/load", body);

            assertThat(api.awaitStatus("broken", "failed").get("reason").stringValue())
                    .contains("out of memory");
            HttpResponse<String> again = api.send("POST", "/models/load", body);
            if (again.statusCode() != 200) {
                assertThat(error(again, 503)).contains("out of memory");
                assertThat(again.headers().firstValue("retry-after")).contains("1");
            }
        }
    }

    @Test
    void showsTheLogOfAnEngine() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            HttpResponse<String> log = api.get("/models/m/logged/log");

            assertThat(log.body()).isEqualTo("last words");
            assertThat(log.headers().firstValue("content-type"))
                    .contains("text/plain; charset=utf-8");
            assertThat(error(api.get("/models/other/log"), 404)).contains("'other'");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /health, 405, GET",
        "DELETE, /models, 405, GET",
        "GET, /models/load, 405, POST",
        "PUT, /models/unload, 405, POST",
        "POST, /models/m/endpoint, 405, GET",
        "GET, /nothing, 404, no GET /nothing here",
        "GET, /models/, 404, no GET /models/ here",
        "GET, /models/endpoint, 404, here",
        "GET, /engines/, 404, here",
        "GET, /models/%ff/endpoint, 400, percent-encoded",
        "GET, /engines/r/../../health, 400, dot segments",
        "GET, /engines/r/%2e%2E/x, 400, dot segments",
        "GET, /engines/gone-1/v1/models, 503, not loaded here",
    })
    void saysPlainlyWhatIsNotThere(String method, String path, int status, String words)
            throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            HttpResponse<String> response = api.send(method, path, "");

            assertThat(error(response, status)).contains(words);
            assertThat(response.headers().firstValue("x-request-id")).isPresent();
        }
    }

    @Test
    void aMethodThatIsNotAllowedIsToldWhichAre() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            assertThat(api.send("POST", "/health", "").headers().firstValue("allow"))
                    .contains("GET");
        }
    }

    @Test
    void theRootSaysWhatThisIs() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            assertThat(api.get("/").body()).contains("neuron").contains("/discovery");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | must be a JSON object | ",
                "{\"model_id\": | not JSON | ",
                "[1] | must be a JSON object | ",
                "\"x\" | must be a JSON object | ",
                "{} | 'model_id' is missing | model_id",
                "{\"model_id\":\"\",\"harness\":\"fake\"} | 'model_id' is missing | model_id",
                "{\"model_id\":7,\"harness\":\"fake\"} | 'model_id' must be text | model_id",
                "{\"model_id\":\"m\"} | 'harness' is missing | harness",
                "{\"model_id\":\"m\",\"harness\":\"vllm\"} | no harness 'vllm' (fake) | harness",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":3} | must be an array |"
                        + " devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[\"0\"]} | a whole number |"
                        + " devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[-1]} | must be 0 or more |"
                        + " devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[0.5]} | a whole number |"
                        + " devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[7]} | names device 7, but"
                        + " this node has [0, 1] | devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"devices\":[0,0]} | twice | devices",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"vram_mb\":\"4\"} | a whole number |"
                        + " vram_mb",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"vram_mb\":1e99} | a whole number |"
                        + " vram_mb",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"tensor_parallel\":0} | must be 1 or"
                        + " more | tensor_parallel",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"options\":[]} | must be an object |"
                        + " options",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"options\":{\"args\":\"-v\"}} | must be"
                        + " an array | options.args",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"options\":{\"args\":[1]}} | must be"
                        + " text | options.args",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"options\":{\"context\":99999999999}} |"
                        + " too large | options.context",
                "{\"model_id\":\"m\",\"harness\":\"fake\",\"options\":{\"tensor_split\":[-1]}} |"
                        + " not negative | options.tensor_split",
                "{\"model_id\":\"m\\u0000\",\"harness\":\"fake\"} | control characters | model_id",
            })
    void badBodiesAreExplained(String body, String words, String param) throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            HttpResponse<String> response = api.send("POST", "/models/load", body);

            assertThat(error(response, 400)).contains(words);
            JsonNode named = Json.MAPPER.readTree(response.body()).get("error").get("param");
            assertThat(named.isNull() ? null : named.stringValue()).isEqualTo(param);
            assertThat(api.json("/models")).isEmpty();
        }
    }

    @Test
    void unknownFieldsAndNullsAreFine() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            JsonNode answer =
                    api.post(
                            "/models/load",
                            "{\"model_id\":\"m\",\"harness\":\"fake\",\"quant\":null,"
                                    + "\"devices\":null,\"options\":null,\"new\":{\"x\":1}}");

            assertThat(answer.get("status").stringValue()).isEqualTo("loading");
        }
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            String huge = "{\"model_id\":\"" + "x".repeat(Bodies.LIMIT) + "\"}";

            assertThat(error(api.send("POST", "/models/load", huge), 413)).contains("larger");
            assertThat(api.get("/health").statusCode()).isEqualTo(200);
        }
    }

    /// Checks the envelope and gives its message.
    private static String error(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        JsonNode error = Json.MAPPER.readTree(response.body()).get("error");
        assertThat(error.propertyNames()).contains("message", "type", "param", "code");
        return error.get("message").stringValue() + " " + response.headers().firstValue("allow");
    }
}
