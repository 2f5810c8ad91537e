package cortex.core.dialect.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

class ModelNameTest {
    private static final String PATH = "/srv/models/secret \"dir\"";
    private static final String THEIRS =
            """
            data: {"id":"0","choices":[{"delta":{"content":"\\"model\\":\\"/srv/models"}}],"model":"/srv/models/secret \\"dir\\"","x":"\\"model\\""}

            data: {"model":"/srv/models/secret \\"dir\\"","model":"/srv/models/other"}
            """;
    private static final String OURS =
            THEIRS.replace("\"/srv/models/secret \\\"dir\\\"\"", "\"org/tiny\"");

    private static ModelName name() {
        return new ModelName(PATH, "org/tiny");
    }

    @Test
    void theNameIsOursWhereverTheAnswerIsCut() {
        byte[] bytes = THEIRS.getBytes(UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ModelName name = name();
            name.pass(bytes, 0, cut, out::write);
            name.pass(bytes, cut, bytes.length - cut, out::write);
            name.end(out::write);
            assertThat(out.toString(UTF_8)).isEqualTo(OURS);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ModelName name = name();
        for (int i = 0; i < bytes.length; i++) {
            name.pass(bytes, i, 1, out::write);
        }
        name.end(out::write);
        assertThat(out.toString(UTF_8)).isEqualTo(OURS);
    }

    @Test
    void aWholeAnswerToo() {
        assertThat(new String(name().in(THEIRS.getBytes(UTF_8)), UTF_8)).isEqualTo(OURS);
        assertThat(new String(name().in("{\"model\":\"/sr".getBytes(UTF_8)), UTF_8))
                .isEqualTo("{\"model\":\"/sr");
    }

    @Test
    void whatOnlyBeginsLikeItGoesOn() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ModelName name = name();
        byte[] begun = "{\"model\":\"/srv".getBytes(UTF_8);
        name.pass(begun, 0, begun.length, out::write);
        assertThat(out.toString(UTF_8)).isEqualTo("{");
        name.end(out::write);
        assertThat(out.toString(UTF_8)).isEqualTo("{\"model\":\"/srv");
    }
}
