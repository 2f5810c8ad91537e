package cortex.core.dialect.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormScannerTest {
    private static final FormBoundary BOUNDARY = new FormBoundary("xYz");

    private static final String MODEL =
            lines("--xYz", "Content-Disposition: form-data; name=\"model\"", "", "whisper");

    private static final String FILE =
            lines(
                    "--xYz",
                    "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
                    "Content-Type: audio/wav",
                    "",
                    "RIFF",
                    "--xY\r\r\n--no name=\"model\"\0");

    private static final String END = "--xYz--\r\n";

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    private static FormScanner scanned(String form, int step) {
        FormScanner scanner = new FormScanner(BOUNDARY);
        byte[] bytes = form.getBytes(ISO_8859_1);
        for (int at = 0; at < bytes.length; at += step) {
            scanner.scan(bytes, at, Math.min(step, bytes.length - at));
        }
        return scanner;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
    void findsTheModelBeforeAndAfterTheFileHoweverItIsCut(int step) {
        for (String form : new String[] {MODEL + FILE + END, FILE + MODEL + END}) {
            FormScanner scanner = scanned(form, step);
            assertThat(scanner.hasModel()).isTrue();
            assertThat(scanner.isOver()).isTrue();
            assertThat(scanner.fault()).isNull();
            assertThat(scanner.model(form.getBytes(ISO_8859_1))).isEqualTo("whisper");
            assertThat(form.substring(scanner.modelStart(), scanner.modelEnd()))
                    .isEqualTo("whisper");
        }
    }

    @Test
    void knowsTheModelBeforeAnyOfTheFileHasCome() {
        assertThat(scanned(MODEL, 5).hasModel()).isFalse();
        assertThat(scanned(MODEL + "--xYz", 5).hasModel()).isTrue();
    }

    @Test
    void countsWhatIsNoFiles() {
        String form = FILE + MODEL + END;
        int value = "RIFF\r\n--xY\r\r\n--no name=\"model\"\0\r\n--xYz".length();
        assertThat(scanned(form, 9).besideFiles())
                .isBetween((long) form.length() - value - 8, (long) form.length() - value);
    }

    @Test
    void seesASecondModelAndAFileOfThatName() {
        assertThat(scanned(MODEL + FILE + MODEL + END, 4).fault())
                .isEqualTo(new FormFault("The form has more than one part 'model'.", "model"));
        String file = MODEL.replace("name=\"model\"", "name=\"model\"; filename=\"m\"");
        assertThat(scanned(file + END, 4).hasModel()).isFalse();
        assertThat(scanned(MODEL.replace("\"model\"", "model") + END, 4).hasModel()).isTrue();
        assertThat(scanned(MODEL.replace("\"model\"", "\"models\"") + END, 4).hasModel()).isFalse();
    }

    @Test
    void whatIsNoFormIsBroken() {
        assertThat(scanned("--xYzz\r\n", 3).fault()).isNotNull();
        assertThat(scanned("--xYz\r\n" + "a".repeat(9000), 100).fault()).isNotNull();
        assertThat(scanned("{\"model\": \"whisper\"}", 100).hasModel()).isFalse();
    }

    @Test
    void readsTheBoundaryOffTheContentType() {
        assertThat(boundary("multipart/form-data; boundary=xYz")).isEqualTo("xYz");
        assertThat(boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"; q=1"))
                .isEqualTo("a b");
        for (String none :
                new String[] {
                    "multipart/form-data",
                    "multipart/form-data; boundary=",
                    "multipart/form-data; boundary=\"a\\\"b\"",
                    "multipart/form-data; boundary=" + "x".repeat(71),
                    "multipart/mixed; boundary=x",
                    "application/json",
                    ""
                }) {
            assertThat(FormBoundary.of(none)).as(none).isNull();
        }
        assertThat(FormBoundary.of(new FormBoundary("a b").contentType()))
                .isEqualTo(new FormBoundary("a b"));
    }

    private static String boundary(String type) {
        return requireNonNull(FormBoundary.of(type)).text();
    }
}
