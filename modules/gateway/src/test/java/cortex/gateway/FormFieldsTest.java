package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Forms whose parts another parser might read differently, or that hold what is an engine's own,
/// are refused in words that say what to send; what OpenAI's libraries send is not.
@Timeout(60)
class FormFieldsTest {
    private static final String PATH = "/v1/audio/transcriptions";
    private static final String TEXT = "{\"text\":\"hello\"}";
    private static final String END = "--a b--\r\n";
    private static final String LONG = "0123456789abcdef".repeat(10_000);
    private static final String FILE = "file\"; filename=\"a b.wav";

    private final Bench bench = new Bench();

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private static String part(String name, String value) {
        return headed("Content-Disposition: form-data; name=\"%s\"".formatted(name), value);
    }

    private static String headed(String head, String value) {
        return "--a b\r\n%s\r\n\r\n%s\r\n".formatted(head, value);
    }

    private static HttpResponse<String> post(Bench to, String form) throws Exception {
        return post(to, form.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> post(Bench to, byte[] form) throws Exception {
        to.engine.script = (request, wire) -> wire.json(200, TEXT);
        return to.send(
                HttpRequest.newBuilder(to.to(PATH).build().uri())
                        .header("content-type", "multipart/form-data; boundary=\"a b\"")
                        .POST(BodyPublishers.ofByteArray(form))
                        .build());
    }

    private void refused(String form, String... words) throws Exception {
        HttpResponse<String> response = post(bench, form);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains(words);
        assertThat(bench.engine.requests).isEmpty();
        assertThat(bench.fleet.gone).isEmpty();
    }

    @Test
    void whatLibrariesSendGoesOnAsItIs() throws Exception {
        String form =
                part("model", "tiny")
                        + part("timestamp_granularities[]", "word")
                        + part("timestamp_granularities[]", "segment")
                        + part("include[]", "logprobs")
                        + part("chunking_strategy[type]", "server_vad")
                        + part("prompt", "Grüße\r\n--a")
                        + part("response_format", "verbose_json")
                        + part("temperature", "0.2")
                        + part("stream", "true")
                        + headed(
                                "Content-Disposition: form-data; name=\"file\";"
                                        + " filename=\"Grüße 日本.wav\"\r\nContent-Type: audio/wav",
                                LONG)
                        + END;
        assertThat(post(bench, form).statusCode()).isEqualTo(200);
        RawEngine.Received got = bench.engine.requests.getFirst();
        assertThat(got.headers().get("content-type"))
                .isEqualTo("multipart/form-data; boundary=\"a b\"");
        assertThat(got.body()).isEqualTo(form);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id_slot",
                "lora",
                "grammar",
                "chat_template",
                "files",
                "n",
                "url",
                "file_url",
                "max_tokens",
                "model[]"
            })
    void anEnginesOwnFieldIsRefusedByName(String name) throws Exception {
        String field = part(name, "1");
        for (String form :
                new String[] {
                    field + part("model", "tiny") + part(FILE, "x") + END,
                    part("model", "tiny") + field + part(FILE, LONG) + END,
                    part("model", "tiny") + part(name + "\"; filename=\"a", "1") + END
                }) {
            refused(form, "'" + name + "' is not taken", "\"param\":\"" + name + "\"");
        }
    }

    @Test
    void oneInTheRestOfAnUploadEndsIt() throws Exception {
        HttpResponse<String> response =
                post(bench, part("model", "tiny") + part(FILE, LONG) + part("lora", "1") + END);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("'lora' is not taken");
        assertThat(bench.fleet.gone).isEmpty();
    }

    @Test
    void aProfileLetsAFieldPass() throws Exception {
        try (Bench allowing = Bench.allowing("id_slot")) {
            String field = part("id_slot", "0");
            for (String form :
                    new String[] {
                        field + part("model", "tiny") + part(FILE, LONG) + END,
                        part("model", "tiny") + part(FILE, LONG) + field + END
                    }) {
                assertThat(post(allowing, form).statusCode()).isEqualTo(200);
            }
            assertThat(post(allowing, part("model", "tiny") + part("n", "2") + END).statusCode())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Disposition: form-data; name=\"model\"; x=\"; filename=y\"",
                "Content-Disposition: form-data; name*=utf-8''model",
                "Content-Disposition: form-data;\r\n name=\"model\"",
                "Content-Disposition: form-data; name=\"mod\\el\"",
                "Content-Disposition : form-data; name=\"model\"",
                "Content-Disposition: form-data; NAME=\"model\"",
                "Content-Disposition: form-data; name=\"prompt\"; name=\"model\"",
                "Content-Disposition: form-data",
                "X: \u0001",
                "X: y\n\nContent-Disposition: form-data; name=\"model\""
            })
    void aSecondModelIsNotHidden(String head) throws Exception {
        refused(part("model", "tiny") + headed(head, "secret") + part(FILE, "x") + END, "Send ");
    }

    @Test
    void aLongNameIsToo() throws Exception {
        for (int length : new int[] {100, 1000, 3000, 7900, 500_000}) {
            refused(part("a".repeat(length), "x") + part("model", "tiny") + END, "Send ");
        }
    }

    @Test
    void aFormThatBreaksOffIsRefusedThoughItHasItsModel() throws Exception {
        refused(part("model", "tiny") + part(FILE, "x"), "breaks off");
        refused(part("model", "tiny") + END + part("model", "secret") + END, "nothing after it");
        HttpResponse<String> response = post(bench, part("model", "tiny") + part(FILE, LONG));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("breaks off");
    }

    /// Such heads, half of them no UTF-8 and half of them line breaks, held a gateway for seconds.
    @Test
    void dearHeadsAreRefusedAtOnce() throws Exception {
        byte[] form =
                headed("X: " + "?".repeat(4000) + "\n".repeat(4000), "x")
                        .repeat(7)
                        .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < form.length; i++) {
            form[i] = form[i] == '?' ? (byte) 0xff : form[i];
        }
        assertThat(post(bench, form).body()).contains("at most 2 KiB of headers");
    }
}
