package cortex.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgramOutputTest {
    private final StringWriter said = new StringWriter();

    private int end(OutputStream disk, int code) {
        ProgramOutput out = new ProgramOutput(disk);
        PrintWriter printer = SafeText.printer(out);
        printer.print("a line without an end");
        return out.end("cortex", code, printer, new PrintWriter(said));
    }

    private static OutputStream failing(String why) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(why);
            }
        };
    }

    @Test
    void aFullDiskIsAFailure() {
        assertThat(end(failing("No space left on device"), 0)).isEqualTo(1);
        assertThat(said.toString())
                .startsWith("cortex: the output could not be written: No space left on device.");
        assertThat(end(failing("No space left on device"), 2)).isEqualTo(2);
    }

    @Test
    void aReaderThatHasSeenEnoughIsNone() {
        assertThat(end(failing("Broken pipe"), 0)).isZero();
        assertThat(said.toString()).isEmpty();
    }

    @Test
    void whatIsPrintedIsWritten() {
        ByteArrayOutputStream disk = new ByteArrayOutputStream();
        assertThat(end(disk, 0)).isZero();
        assertThat(disk.toString(java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("a line without an end");
    }
}
