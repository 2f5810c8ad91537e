package cortex.relay.pump;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/// Hands what the HTTP client reads to an {@link EngineBody}. Never blocks the client's threads.
record BodyIntake(EngineBody body) implements HttpResponse.BodySubscriber<EngineBody> {
    @Override
    public CompletionStage<EngineBody> getBody() {
        return body.ready();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        body.subscribed(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        body.deliver(buffers);
    }

    @Override
    public void onError(Throwable cause) {
        body.end(cause);
    }

    @Override
    public void onComplete() {
        body.end(null);
    }
}
