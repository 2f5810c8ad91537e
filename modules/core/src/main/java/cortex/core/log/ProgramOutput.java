package cortex.core.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/// Standard output that remembers when something could not be written, such as to a full disk, so
/// that a command does not end as if all had been.
public final class ProgramOutput extends OutputStream {
    private final OutputStream out;
    private volatile @Nullable String problem;

    /// The process's own.
    public ProgramOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    ProgramOutput(OutputStream out) {
        this.out = out;
    }

    private interface Step {
        void run() throws IOException;
    }

    private void attempt(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException e) {
            String said = String.valueOf(e.getMessage());
            // A reader that wants no more, such as head, is no trouble.
            if (!said.contains("Broken pipe")) {
                problem = said;
            }
            throw e;
        }
    }

    @Override
    public void write(int b) throws IOException {
        attempt(() -> out.write(b));
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        attempt(() -> out.write(bytes, from, count));
    }

    @Override
    public void flush() throws IOException {
        attempt(out::flush);
    }

    /// Ends a command: writes what `printed` still holds for this output, says on `err` when not
    /// everything could be written, and gives the exit code.
    public int end(String command, int code, PrintWriter printed, PrintWriter err) {
        printed.flush();
        if (problem == null) {
            return code;
        }
        err.println(command + ": the output could not be written: " + problem + ".");
        err.flush();
        return code == 0 ? 1 : code;
    }
}
