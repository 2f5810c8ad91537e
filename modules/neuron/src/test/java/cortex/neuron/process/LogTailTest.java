package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.log.Redaction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
    @TempDir private Path dir;

    private LogTail tail(int bytes) {
        return new LogTail(dir, "org/model", bytes, Redaction.SHAPES);
    }

    private static void append(LogTail log, String text) throws Exception {
        Files.writeString(
                log.file(),
                text,
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    @Test
    void keepsTheRunBeforeBesideThisOne() throws Exception {
        LogTail log = tail(1000);
        log.begin();
        append(log, "first run\n");
        log.begin();
        append(log, "second run\n");

        assertThat(log.text()).isEqualTo("first run\nsecond run\n");
        assertThat(log.lastLines()).containsExactly("second run");
    }

    @Test
    void staysWithinItsBoundAndCountsWhatWasWritten() throws Exception {
        LogTail log = tail(1000);
        log.begin();
        for (int i = 0; i < 100; i++) {
            append(log, "line " + i + " ".repeat(40) + "\n");
            log.trim();
        }

        assertThat(log.text()).hasSizeLessThanOrEqualTo(1000).contains("line 99 ");
        assertThat(log.written()).isGreaterThan(4000);
    }

    @Test
    void theLastLinesAreBounded() throws Exception {
        LogTail log = tail(1 << 20);
        log.begin();
        append(log, "a line that is long: " + "x".repeat(5000) + "\n\n");
        for (int i = 0; i < 100; i++) {
            append(log, "line " + i + "\n");
        }
        assertThat(log.lastLines()).hasSize(101).endsWith("line 98", "line 99");
        append(log, "y".repeat(30_000));
        assertThat(log.lastLines()).singleElement().asString().hasSize(400);
    }

    @Test
    void whatWasSetAsideInThisRunIsNotLost() throws Exception {
        LogTail log = tail(1000);
        log.begin();
        append(log, "why it fails\n" + "x\n".repeat(300));
        log.trim();
        append(log, "the end\n");
        assertThat(log.lastLines()).endsWith("x", "the end").hasSizeGreaterThan(100);
    }

    @Test
    void modelsThatDifferOnlyInSignsHaveFilesOfTheirOwn() {
        assertThat(new LogTail(dir, "a/b", 10, Redaction.SHAPES).file())
                .isNotEqualTo(new LogTail(dir, "a-b", 10, Redaction.SHAPES).file());
    }

    @Test
    void nothingKeptIsNothing() {
        assertThat(tail(100).text()).isEmpty();
        assertThat(tail(100).lastLines()).isEmpty();
        assertThat(tail(100).written()).isZero();
    }

    @Test
    void secretsAndControlCharactersAreTakenOut() {
        Redaction redaction =
                Redaction.SHAPES.with(
                        List.of("--api-key", "key-of-args", "-c", "8192", "--lora=ordinary"),
                        Map.of("HF_TOKEN", "token-of-env", "PLAIN", "ordinary"));

        assertThat(redaction.clean("a key-of-args b token-of-env c ordinary hf_abcdefghijkl"))
                .isEqualTo("a *** b *** c ordinary ***");
        assertThat(redaction.clean("Authorization: Bearer abcdef123456"))
                .isEqualTo("Authorization: Bearer ***");
        assertThat(redaction.clean("\u001B[1;31mred\u001B[0m \u0007bell\ttab\r\nnext"))
                .isEqualTo("red bell\ttab\nnext");
        assertThat(redaction.clean("10%\r50%\r100%\r\nprompt tokens 5"))
                .isEqualTo("100%\nprompt tokens 5");
        assertThat(redaction.command(List.of("serve", "--api-key", "key-of-args", "-c", "8192")))
                .isEqualTo("serve --api-key *** -c 8192");
    }
}
