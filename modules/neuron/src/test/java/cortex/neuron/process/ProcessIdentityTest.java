package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class ProcessIdentityTest {
    @Test
    void thisProcessIsItself() {
        long pid = ProcessHandle.current().pid();
        ProcessIdentity self = Objects.requireNonNull(ProcessIdentity.of(pid));

        assertThat(self.alive()).isTrue();
        assertThat(self).isEqualTo(ProcessIdentity.of(pid));
        assertThat(new ProcessIdentity(pid, "another boot/1").alive()).isFalse();
        assertThat(new ProcessIdentity(pid, "another boot/1").handle()).isNull();
    }

    @Test
    void aProcessThatEndedIsGone() throws Exception {
        Process process = new ProcessBuilder("sleep", "1000").start();
        ProcessIdentity identity = Objects.requireNonNull(ProcessIdentity.of(process.pid()));
        assertThat(identity.alive()).isTrue();

        process.destroyForcibly().waitFor();

        assertThat(identity.alive()).isFalse();
        assertThat(ProcessIdentity.of(process.pid())).isNull();
    }

    @Test
    void theNameInTheStatLineMayHoldAnything() {
        ProcStat stat =
                ProcStat.parse(
                        "4242 (a) Z (b) S 1 4242 4242 0 -1 4194560 1 0 0 0 70 30 0 0 20 0 5 0"
                                + " 296795 1000000 555 18446744073709551615");

        assertThat(stat).isEqualTo(new ProcStat('S', 4242, 296_795, 100, 555, 0));
        assertThat(stat.ended()).isFalse();
    }
}
