package cortex.relay.door;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/// Hands an upload to the HTTP client, read on a thread of its own: the client's own thread must
/// not wait for somebody who sends slowly. Can be subscribed to once.
public record UploadPublisher(Upload upload, AtomicBoolean used)
        implements Flow.Publisher<ByteBuffer> {
    private static final int PART = 16 << 10;

    /// Of an upload that nobody has read yet.
    public UploadPublisher(Upload upload) {
        this(upload, new AtomicBoolean());
    }

    /// Whether reading has begun: it cannot be sent again.
    public boolean isBegun() {
        return used.get();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Sending sending = new Sending(upload, subscriber);
        subscriber.onSubscribe(sending);
        if (used.compareAndSet(false, true)) {
            Thread.ofVirtual().name("upload").start(sending);
        } else {
            subscriber.onError(new IOException("a streamed body cannot be sent twice"));
        }
    }

    private static final class Sending implements Flow.Subscription, Runnable {
        private static final int MOST = 1 << 10;

        private final Upload upload;
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final Semaphore demand = new Semaphore(0);
        private volatile boolean cancelled;

        Sending(Upload upload, Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.upload = upload;
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            demand.release(Math.clamp(n, 0, MOST));
        }

        @Override
        public void cancel() {
            cancelled = true;
            demand.release();
        }

        @Override
        public void run() {
            try {
                while (true) {
                    demand.acquire();
                    if (cancelled) {
                        return;
                    }
                    byte[] part = new byte[PART];
                    int n = upload.read(part, 0, PART);
                    if (n < 0) {
                        subscriber.onComplete();
                        return;
                    }
                    subscriber.onNext(ByteBuffer.wrap(part, 0, n));
                }
            } catch (IOException e) {
                subscriber.onError(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                subscriber.onError(new IOException("interrupted", e));
            }
        }
    }
}
