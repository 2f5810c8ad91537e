package cortex.relay.pump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PumpTest {
    private final EngineBody body = new EngineBody(0);
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    @Test
    void everyByteGoesToTheClient() throws Exception {
        body.deliver(List.of(ByteBuffer.wrap(new byte[20_000])));
        body.end(null);
        Pump.run(body, Duration.ofSeconds(9), seen::write);
        assertThat(seen.size()).isEqualTo(20_000);
    }

    @Test
    void aSilenceThatIsTooLongEndsIt() {
        body.deliver(List.of(ByteBuffer.wrap(new byte[10])));
        assertThatThrownBy(() -> Pump.run(body, Duration.ofMillis(50), seen::write))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.SILENT));
        assertThat(seen.size()).isEqualTo(10);
    }

    @Test
    void aClientThatIsGoneEndsThePumping() {
        body.deliver(List.of(ByteBuffer.wrap(new byte[1])));
        Sink gone =
                (bytes, offset, length) -> {
                    throw new ClientGoneException(null);
                };
        assertThatThrownBy(() -> Pump.run(body, Duration.ofSeconds(9), gone))
                .isInstanceOf(ClientGoneException.class);
    }
}
