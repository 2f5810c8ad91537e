package cortex.demo.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlagsReaderTest {
    private static Flags read(String... args) throws UsageException {
        return FlagsReader.read(args, Map.of());
    }

    @Test
    void theContextIsSharedAmongCountedSlots() throws UsageException {
        assertThat(read("-c", "8192", "-np", "2").slotContext()).isEqualTo(4096);
        assertThat(read("-c", "8192").slotContext()).isEqualTo(8192);
        assertThat(read("-c", "8192").parallel()).isEqualTo(4);
    }

    @Test
    void anUnknownFlagIsRefusedInTheEnginesWords() {
        assertThatThrownBy(() -> read("--x"))
                .isInstanceOf(UsageException.class)
                .hasMessage("error: invalid argument: --x");
        assertThatThrownBy(() -> read("--api", "mistralrs", "serve", "--x"))
                .isInstanceOf(UsageException.class)
                .hasMessage("error: unexpected argument '--x' found");
    }

    @Test
    void mistralrsHasItsOwnFlags() throws UsageException {
        Flags flags =
                read("--api", "mistralrs", "serve", "auto", "-m", "org/m", "-p", "4321", "--no-ui");
        assertThat(flags.alias()).isEqualTo("org/m");
        assertThat(flags.port()).isEqualTo(4321);
        assertThat(flags.ping()).isEqualTo(Duration.ofSeconds(10));
        assertThat(flags.parallel()).isEqualTo(32);
    }

    @Test
    void theAlphabeticallyFirstAliasIsTheName() throws UsageException {
        assertThat(read("--alias", "b,a").alias()).isEqualTo("a");
        assertThat(read("-m", "/models/x.gguf").alias()).isEqualTo("/models/x.gguf");
    }

    @Test
    void badValuesAreRefused() {
        assertThatThrownBy(() -> read("--port", "many")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> read("--load-time", "soon")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> read("--port")).isInstanceOf(UsageException.class);
    }
}
