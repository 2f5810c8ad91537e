package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class FileRoutesTest {
    private static final String VERSION = "/files/0123456789abcdef";

    @Test
    void aCatalogueIsTakenOnceAndThenAskedAbout() throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            HttpResponse<String> unknown = api.send("GET", VERSION, "");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.body()).contains("files_unknown");

            HttpResponse<String> taken =
                    api.send(
                            "PUT",
                            VERSION,
                            """
                            {"models":[{"model_id":"m/a","harness":"fake","new":1,
                             "options":{"path":"/m/a.gguf","args":["--lora","x"]}}]}
                            """);
            JsonNode report = Json.MAPPER.readTree(taken.body());
            assertThat(report.path("models").toString())
                    .isEqualTo(
                            "[{\"id\":\"m/a\",\"state\":\"unknown\",\"size_mb\":null,"
                                    + "\"free_mb\":null,\"file\":null,\"why\":null,"
                                    + "\"stamp\":null}]");
            assertThat(api.json(VERSION)).isEqualTo(report);
            String revision = report.path("revision").asString("");
            assertThat(api.json(VERSION + "/since/" + revision).path("models").isNull()).isTrue();
            assertThat(api.json(VERSION + "/since/other").path("models").isNull()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /files/0123456789abcdef | {"models":[{}]}                   | models[0].model_id
                    /files/0123456789abcdef | {"models":[7]}                    | must hold objects
                    /files/0123456789abcdef | {"models":7}                      | must be an array
                    /files/0123456789abcdef | {"models":[{"model_id":"m","harness":"x"},{"model_id":"m","harness":"x"}]} | names a model twice
                    /files/NO               | {"models":[]}                     | hexadecimal digits
                    """)
    void whatIsNoCatalogueIsRefused(String path, String body, String why) throws Exception {
        try (ApiFixture api = ApiFixture.withDevices()) {
            HttpResponse<String> refused = api.send("PUT", path, body);
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains(why);
        }
    }
}
