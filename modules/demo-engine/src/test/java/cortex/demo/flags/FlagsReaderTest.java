package cortex.demo.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

final class FlagsReaderTest {
    private static Flags read(String... args) {
        return FlagsReader.of(args).flags(Map.of());
    }

    @Test
    void theContextIsSharedAmongCountedSlots() {
        assertThat(read("-c", "8192", "-np", "2").served().context()).isEqualTo(4096);
        assertThat(read("-c", "8192").served().context()).isEqualTo(8192);
        assertThat(read("-c", "8192").served().parallel()).isEqualTo(4);
    }

    @Test
    void anUnknownFlagIsTakenWithTheWordsAfterIt() {
        String[] args = {"-ngl", "-1", "--host", "::1", "--x", "a", "b", "-cram", "--x", "--y=1"};
        assertThat(FlagsReader.of(args).unknown()).containsExactly("-ngl", "--x", "-cram", "--y");
        assertThat(read(args).address().host()).isEqualTo("::1");
    }

    @Test
    void mistralrsHasItsOwnFlags() {
        String[] args = {
            "--api", "mistralrs", "serve", "auto", "-m", "org/m", "-p", "4321", "--no-ui"
        };
        Flags flags = read(args);
        assertThat(flags.served().alias()).isEqualTo("org/m");
        assertThat(flags.address().port()).isEqualTo(4321);
        assertThat(flags.served().parallel()).isEqualTo(32);
        assertThat(FlagsReader.of(args).unknown()).containsExactly("--no-ui");
    }

    @Test
    void theAlphabeticallyFirstAliasIsTheName() {
        assertThat(read("--alias", "b,a").served().alias()).isEqualTo("a");
        assertThat(read("-m", "/models/x.gguf").served().alias()).isEqualTo("/models/x.gguf");
    }

    @Test
    void theLastOfTwoCounts() {
        assertThat(read("--speed", "1", "--speed", "2.5").pace().speed()).isEqualTo(2.5);
    }

    @Test
    void memoryMayStayTaken() {
        Flags.Memory memory = read("--leak-vram", "300ms", "--leak-on-unload", "forever").memory();
        assertThat(memory.leak()).isEqualTo(Duration.ofMillis(300));
        assertThat(memory.leakOnUnload()).isGreaterThan(Duration.ofDays(1_000_000));
    }

    @Test
    void badValuesAreRefused() {
        assertThatThrownBy(() -> read("--port", "many")).isInstanceOf(ParameterException.class);
        assertThatThrownBy(() -> read("--load-time", "soon"))
                .isInstanceOf(ParameterException.class);
        assertThatThrownBy(() -> read("--port")).isInstanceOf(ParameterException.class);
        assertThatThrownBy(() -> read("--api", "vllm")).hasMessageContaining("vllm");
    }
}
