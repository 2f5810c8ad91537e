package cortex.relay.pump;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/// Who is at the other end of an {@link Exchange}, where that has to be made sure of. One for each
/// exchange; called on its threads.
public interface Peer {
    /// Somebody of whom nothing is asked.
    Peer ANYBODY =
            new Peer() {
                @Override
                public HttpRequest prepare(HttpRequest request) {
                    return request;
                }

                @Override
                public boolean proves(HttpResponse.ResponseInfo head) {
                    return true;
                }

                @Override
                public void lost() {
                    // nobody keeps account of it
                }
            };

    /// The request as it is to be sent now; asked again before it is sent a second time. May block
    /// until it is certain who will get it.
    ///
    /// @throws IOException when that is not certain: then nothing is sent
    HttpRequest prepare(HttpRequest request) throws IOException, InterruptedException;

    /// Whether the head of the answer shows that it comes from the right one; else nothing of the
    /// answer is used. Must not block.
    boolean proves(HttpResponse.ResponseInfo head);

    /// The connection could not be made, or broke.
    void lost();
}
