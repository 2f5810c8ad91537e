package cortex.demo.work;

import cortex.demo.script.Piece;
import java.io.IOException;

/// Where a generation's results go, in the order of the methods; called on one thread.
public interface Output {
    /// A slot has taken the request and reads the prompt.
    void begin(Timings soFar) throws IOException;

    /// One token.
    void piece(Piece piece, Timings soFar) throws IOException;
}
