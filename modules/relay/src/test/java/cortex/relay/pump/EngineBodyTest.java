package cortex.relay.pump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EngineBodyTest {
    private static final Duration NOW = Duration.ZERO;
    private final Source source = new Source();
    private final byte[] into = new byte[8];

    @Test
    void asksForNoMoreThanItsWindowUntilSomebodyReads() throws Exception {
        EngineBody body = stream();
        long window = source.asked;
        for (long i = 0; i < window; i++) {
            body.deliver(bytes("ab"));
        }
        assertThat(source.asked).isEqualTo(window);
        assertThat(body.poll(into, NOW)).isEqualTo(8);
        assertThat(source.asked).isEqualTo(2 * window);
        assertThat(body.poll(into, NOW)).isZero();
    }

    @Test
    void aStreamIsReadyAtOnceAndMergesWhatIsHere() throws Exception {
        EngineBody body = stream();
        assertThat(body.ready().toCompletableFuture()).isDone();
        body.deliver(List.of(buffer("ab"), buffer("cd")));
        body.deliver(bytes("efghij"));
        assertThat(body.poll(into, NOW)).isEqualTo(8);
        assertThat(new String(into, StandardCharsets.US_ASCII)).isEqualTo("abcdefgh");
        assertThat(body.poll(into, NOW)).isEqualTo(2);
        body.end(null);
        assertThat(body.poll(into, NOW)).isEqualTo(-1);
        assertThat(body.whole()).isNull();
    }

    @Test
    void aBodyThatIsNoStreamIsReadyWhenItIsWhole() {
        EngineBody body = new EngineBody(100);
        body.subscribed(source);
        body.deliver(bytes("abc"));
        assertThat(body.ready().toCompletableFuture()).isNotDone();
        assertThat(body.whole()).isNull();
        body.deliver(bytes("def"));
        body.end(null);
        assertThat(body.ready().toCompletableFuture()).isCompletedWithValue(body);
        assertThat(body.whole()).asString().isEqualTo("abcdef");
        assertThat(body.whole()).isNull();
    }

    @Test
    void aBodyThatIsNoStreamBecomesOneWhenItIsLarge() throws Exception {
        EngineBody body = new EngineBody(4);
        body.subscribed(source);
        body.deliver(bytes("abc"));
        long before = source.asked;
        body.deliver(bytes("def"));
        assertThat(body.ready().toCompletableFuture()).isCompletedWithValue(body);
        assertThat(source.asked).isEqualTo(before);
        assertThat(body.poll(into, NOW)).isEqualTo(6);
        assertThat(source.asked).isEqualTo(before + 1);
    }

    @Test
    void whatIsHeldTakesRoomAndWithoutRoomItIsAStream() throws Exception {
        HeldAnswers room = new HeldAnswers(10_000);
        EngineBody whole = new EngineBody(1000, room);
        whole.deliver(bytes("abc"));
        assertThat(room.freeBytes()).isLessThan(9000);
        whole.end(null);
        assertThat(whole.whole()).asString().isEqualTo("abc");
        assertThat(room.freeBytes()).isEqualTo(10_000);

        EngineBody given = new EngineBody(1000, room);
        given.deliver(bytes("abc"));
        given.close();
        assertThat(room.freeBytes()).isEqualTo(10_000);

        EngineBody large = new EngineBody(1 << 20, room);
        large.subscribed(source);
        String much = "x".repeat(5000);
        large.deliver(bytes(much));
        assertThat(large.ready().toCompletableFuture()).isNotDone();
        large.deliver(bytes(much));
        assertThat(large.ready().toCompletableFuture()).isCompletedWithValue(large);
        assertThat(large.beginning(1 << 20, NOW)).hasSize(10_000);
        assertThat(room.freeBytes()).isEqualTo(10_000);
    }

    @Test
    void aBeginningWaitsNoLongerThanItMay() throws Exception {
        EngineBody body = stream();
        body.deliver(bytes("abcdef"));
        assertThat(body.beginning(4, Duration.ofMillis(50))).asString().isEqualTo("abcd");
        assertThat(body.beginning(4, Duration.ofMillis(50))).asString().isEqualTo("ef");
        body.end(null);
        assertThat(body.beginning(4, Duration.ofMillis(50))).isEmpty();
    }

    @Test
    void manySmallPartsAreOne() throws Exception {
        EngineBody body = stream();
        body.deliver(Stream.generate(() -> buffer("a")).limit(7).toList());
        body.deliver(Stream.generate(() -> buffer("b")).limit(20).toList());
        assertThat(body.beginning(100, NOW)).asString().isEqualTo("a".repeat(7) + "b".repeat(20));
    }

    @Test
    void whatCameBeforeAFailureIsStillRead() throws Exception {
        EngineBody body = stream();
        body.deliver(bytes("ab"));
        body.end(new IOException("died"));
        assertThat(body.poll(into, NOW)).isEqualTo(2);
        assertThatThrownBy(() -> body.poll(into, NOW))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.BROKEN));
    }

    @Test
    void closingCancelsTheSourceAndWakesTheReader() throws Exception {
        EngineBody body = stream();
        Thread closing = Thread.ofVirtual().start(body::close);
        assertThatThrownBy(() -> body.poll(into, Duration.ofSeconds(15)))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CANCELLED));
        closing.join();
        assertThat(source.cancelled).isTrue();
    }

    @Test
    void closingBeforeTheSourceIsThereCancelsItWhenItComes() {
        EngineBody body = new EngineBody(0);
        body.close();
        body.subscribed(source);
        assertThat(source.cancelled).isTrue();
        assertThat(source.asked).isZero();
    }

    @Test
    void closingAfterTheEndLeavesTheConnectionAlone() throws Exception {
        EngineBody body = stream();
        body.end(null);
        body.close();
        assertThat(source.cancelled).isFalse();
    }

    private EngineBody stream() {
        EngineBody body = new EngineBody(0);
        body.subscribed(source);
        return body;
    }

    private static List<ByteBuffer> bytes(String text) {
        return List.of(buffer(text));
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();
    }

    private static final class Source implements Flow.Subscription {
        private long asked;
        private volatile boolean cancelled;

        @Override
        public void request(long n) {
            asked += n;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
