package cortex.relay.pump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PumpTest {
    private final EngineBody body = new EngineBody(0);
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final ByteArrayOutputStream tapped = new ByteArrayOutputStream();

    @Test
    void theTapSeesEveryByteBeforeTheClientDoes() throws Exception {
        body.deliver(List.of(ByteBuffer.wrap(new byte[20_000])));
        body.end(null);
        Sink sink =
                (bytes, offset, length) -> {
                    seen.write(bytes, offset, length);
                    assertThat(tapped.size()).isGreaterThanOrEqualTo(seen.size());
                };
        assertThat(Pump.of(Duration.ofSeconds(9)).run(body, sink, tapped::write)).isEqualTo(20_000);
        assertThat(seen.size()).isEqualTo(20_000);
        assertThat(tapped.size()).isEqualTo(20_000);
    }

    @Test
    void aSilenceIsFilledUntilItIsTooLong() {
        AtomicInteger fills = new AtomicInteger();
        Pump pump = new Pump(Duration.ofMillis(100), Duration.ofMillis(30), fills::incrementAndGet);
        assertThatThrownBy(() -> pump.run(body, seen::write, Tap.NONE))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.SILENT));
        assertThat(fills).hasValue(3);
    }

    @Test
    void aClientThatIsGoneEndsThePumping() {
        body.deliver(List.of(ByteBuffer.wrap(new byte[1])));
        Sink gone =
                (bytes, offset, length) -> {
                    throw new ClientGoneException(null);
                };
        assertThatThrownBy(() -> Pump.of(Duration.ofSeconds(9)).run(body, gone, Tap.NONE))
                .isInstanceOf(ClientGoneException.class);
    }
}
