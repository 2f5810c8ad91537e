package cortex.demo;

import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Answers requests and writes down what becomes of each as it happens, so that it can still be
/// read when the engine has been killed: lines `began ID PATH`, then `ended ID STATUS` once the
/// whole answer was sent, or `dropped ID`. ID is the request's `X-Request-Id`. Without a folder
/// nothing is written.
final class Book implements Handler {
    private final Handler dialect;
    private final @Nullable Path file;

    /// A book of what `dialect` answers, in a file of `folder` that is named after this process.
    Book(Handler dialect, @Nullable Path folder) {
        this.dialect = dialect;
        this.file = folder == null ? null : folder.resolve(ProcessHandle.current().pid() + ".book");
    }

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        write("began", request, request.path());
        try {
            dialect.handle(request, response);
        } finally {
            int status = response.wholeStatus();
            write(status == 0 ? "dropped" : "ended", request, status == 0 ? "" : "" + status);
        }
    }

    private void write(String what, Request request, String more) throws IOException {
        String id = request.header("x-request-id");
        if (file == null || id == null) {
            return;
        }
        String line = (what + " " + id + " " + more).strip() + "\n";
        // One write at the end of the file: lines of several threads do not mix.
        Files.write(
                file,
                line.getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
