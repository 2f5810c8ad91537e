package cortex.core.dialect.form;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A form has one reading: whatever another parser might read differently is refused.
class FormReadingsTest {
    private static final String DISPOSITION = "Content-Disposition: form-data; ";
    private static final String MODEL = part(DISPOSITION + "name=\"model\"", "m");
    private static final String END = "--XX--\r\n";

    private static String part(String head, String value) {
        return "--XX\r\n" + head + "\r\n\r\n" + value + "\r\n";
    }

    private static FormScanner scanned(String form) {
        FormScanner scanner = new FormScanner(new FormBoundary("XX"));
        byte[] bytes = form.getBytes(UTF_8);
        scanner.scan(bytes, 0, bytes.length);
        return scanner;
    }

    private static String refusal(String form) {
        return requireNonNull(scanned(form).fault(), form).message();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Disposition: form-data; name=\"file\"; filename=\"a b;c=d.wav\"",
                "content-disposition: form-data; name=\"file\"; filename=\"Grüße 日本.wav\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a\\\\b.wav\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\a.wav\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a%22b.wav\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"\"",
                "Content-Disposition: form-data; name=file; filename=a.wav",
                "Content-Disposition: form-data; name=file; filename=\"=?utf-8?B?w7w=?=\";"
                        + " filename*=utf-8''%C3%BC",
                "Content-Disposition: Form-Data;name=\"file\" ; filename=\"a.wav\";",
                "Content-Type: audio/wav|Content-Disposition: form-data; name=\"file\";"
                        + " filename=\"a\"",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a\"|"
                        + "Content-Type: text/plain; charset=UTF-8|Content-Length: 4|"
                        + "Content-Transfer-Encoding: Binary",
            })
    void whatLibrariesSendIsAFile(String head) {
        String value = "RIFF" + "x".repeat(1000);
        FormScanner scanner = scanned(MODEL + part(head.replace("|", "\r\n"), value) + END);
        assertThat(scanner.fault()).isNull();
        assertThat(scanner.isOver()).isTrue();
        assertThat(scanner.besideFiles()).isLessThan(500);
        scanner.allow(List.of());
        assertThat(scanner.fault()).isNull();
    }

    static Stream<Arguments> heads() {
        return Stream.of(
                Arguments.of(DISPOSITION + "name=\"model\"; x=\"; filename=y\"", "alone"),
                Arguments.of(DISPOSITION + "name=\"x\"; name=\"model\"", "more than one name"),
                Arguments.of(DISPOSITION + "name=\"x\"; NAME=\"model\"", "lower case"),
                Arguments.of(DISPOSITION + "NAME=\"model\"", "lower case"),
                Arguments.of(DISPOSITION + "name*=utf-8''model", "name* has no place"),
                Arguments.of(DISPOSITION + "name=\"file\"; filename*=utf-8''a", "after filename"),
                Arguments.of(
                        DISPOSITION
                                + "name=file; filename=a; filename*=utf-8''a;"
                                + " filename*=utf-8''a",
                        "comes once"),
                Arguments.of(
                        DISPOSITION + "name=file; filename=a; filename*=\"utf-8''a\"",
                        "begins with"),
                Arguments.of(
                        DISPOSITION + "name=\"prompt\"; filename=\"a\"; filename*=utf-8''a",
                        "only 'file'"),
                Arguments.of(
                        DISPOSITION + "name=\"file\"; filename=\"a\"; filename=\"b\"",
                        "more than one filename"),
                Arguments.of(DISPOSITION + "filename=\"; name=model\"; name=\"file\"", "before"),
                Arguments.of(DISPOSITION + "filename=\"a\"", "name comes before"),
                Arguments.of(DISPOSITION + "name=\"file\"; filename=\"a\\\"; x=\"", "backslash"),
                Arguments.of(DISPOSITION + "name=\"mod\\el\"", "backslash"),
                Arguments.of(DISPOSITION + "name=\"model", "not closed"),
                Arguments.of(DISPOSITION + "name=\"mo\"del", "';' between"),
                Arguments.of(DISPOSITION + "name=", "has a value"),
                Arguments.of(DISPOSITION + "name=\"\"", "not empty"),
                Arguments.of(DISPOSITION + "name =\"model\"", "without blanks"),
                Arguments.of(DISPOSITION + "name= \"model\"", "has a value"),
                Arguments.of(DISPOSITION + "; name=\"model\"", "without blanks"),
                Arguments.of(DISPOSITION + "name=m\u00f6del", "';' between"),
                Arguments.of("Content-Disposition: form-data", "no name"),
                Arguments.of("Content-Disposition: attachment; name=\"a\"", "form-data"),
                Arguments.of("Content-Disposition: form-data;\r\n name=\"model\"", "in one line"),
                Arguments.of("Content-Disposition : form-data; name=\"model\"", "in one line"),
                Arguments.of(" " + DISPOSITION + "name=\"model\"", "in one line"),
                Arguments.of("Content-Disposition", "in one line"),
                Arguments.of("Content-Type: text/plain", "name=\"model\""),
                Arguments.of(
                        DISPOSITION + "name=\"a\"\r\n" + DISPOSITION + "name=\"model\"", "once"),
                Arguments.of(DISPOSITION + "name=\"a\"\nX: y", "CR LF"),
                Arguments.of(DISPOSITION + "name=\"a\"\rX: y", "CR LF"),
                Arguments.of(DISPOSITION + "name=\"a\0\"", "printable"),
                Arguments.of(DISPOSITION + "name=\"a\u0085\"", "printable"),
                Arguments.of(DISPOSITION + "\tname=\"a\"", "printable"),
                Arguments.of(
                        DISPOSITION + "name=\"prompt\"\r\nContent-Transfer-Encoding: base64",
                        "as they are"),
                Arguments.of(DISPOSITION + "name=\"prompt\"; filename=\"a\"", "only 'file'"),
                Arguments.of(DISPOSITION + "name=\"model\"; filename=\"a\"", "only 'file'"),
                Arguments.of(DISPOSITION + "name=\"model\"", "more than one part 'model'"),
                Arguments.of(DISPOSITION + "name=\"" + "a".repeat(2048) + "\"", "2 KiB"));
    }

    @ParameterizedTest
    @MethodSource("heads")
    void aHeadWithTwoReadingsIsRefused(String head, String why) {
        assertThat(refusal(MODEL + part(head, "secret") + END)).contains(why);
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        FormScanner scanner = new FormScanner(new FormBoundary("XX"));
        byte[] bytes = part(DISPOSITION + "name=\"a?\"", "b").getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == '?' ? (byte) 0xff : bytes[i];
        }
        scanner.scan(bytes, 0, bytes.length);
        assertThat(requireNonNull(scanner.fault()).message()).contains("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "preamble\r\n--XX\r\n",
                "\n--XX\r\n",
                "--XX\n",
                "--XX \r\n",
                "--XX\r\r\n",
                "--XX- -",
                "--XXX\r\n",
                "--XX\r\n\r\n"
            })
    void aBeginningWithTwoReadingsIsRefused(String form) {
        assertThat(scanned(form + "x").fault()).isNotNull();
    }

    @Test
    void aLineBreakMayStandBeforeTheFirstBoundaryAndAfterTheLast() {
        FormScanner scanner = scanned("\r\n" + MODEL + END + "\r\n");
        assertThat(scanner.fault()).isNull();
        assertThat(scanner.model(("\r\n" + MODEL).getBytes(UTF_8))).isEqualTo("m");
        assertThat(refusal(MODEL + END + MODEL)).contains("nothing after");
        assertThat(refusal(MODEL + "--XX--x")).contains("nothing after");
    }

    /// Go's parser takes it for the boundary that it is, others for a value.
    @Test
    void aBoundaryRightAfterAHeadIsRefused() {
        String empty = "--XX\r\n" + DISPOSITION + "name=\"prompt\"\r\n\r\n";
        assertThat(refusal(empty + MODEL + END)).contains("an empty one too");
        assertThat(scanned(empty + "\r\n" + MODEL + END).fault()).isNull();
        assertThat(scanned(empty + "--X\r\n" + MODEL + END).fault()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "language",
                "prompt",
                "response_format",
                "temperature",
                "stream",
                "include[]",
                "timestamp_granularities[]",
                "chunking_strategy",
                "chunking_strategy[type]"
            })
    void openAisFieldsPass(String name) {
        FormScanner scanner = new FormScanner(new FormBoundary("XX"));
        scanner.allow(List.of());
        byte[] bytes = (part(DISPOSITION + "name=\"" + name + "\"", "x") + END).getBytes(UTF_8);
        scanner.scan(bytes, 0, bytes.length);
        assertThat(scanner.fault()).isNull();
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
                "Model",
                "model[]",
                " model",
                "include[x]"
            })
    void otherFieldsAreRefusedHeldOrNotButForWhatMayPass(String name) {
        String field = part(DISPOSITION + "name=\"" + name + "\"", "x");
        for (boolean held : new boolean[] {true, false}) {
            FormScanner scanner = scanned(held ? MODEL + field : MODEL);
            assertThat(scanner.fault()).isNull();
            scanner.allow(List.of("other"));
            byte[] more = field.getBytes(UTF_8);
            scanner.scan(more, 0, held ? 0 : more.length);
            FormFault fault = requireNonNull(scanner.fault());
            assertThat(fault.message()).contains("'" + name.strip() + "'", "'language'");
            assertThat(fault.field()).isEqualTo(name.strip());

            FormScanner allowing = scanned(held ? MODEL + field : MODEL);
            allowing.allow(List.of(name));
            allowing.scan(more, 0, held ? 0 : more.length);
            assertThat(allowing.fault()).isNull();
        }
    }

    @Test
    void aLongNameIsToldInPart() {
        FormScanner scanner = scanned(MODEL + part(DISPOSITION + "name=" + "a".repeat(1900), "x"));
        scanner.allow(List.of());
        assertThat(requireNonNull(scanner.fault()).message()).hasSizeLessThan(400);
    }
}
