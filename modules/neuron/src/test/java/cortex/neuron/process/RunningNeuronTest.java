package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunningNeuronTest {
    @TempDir Path dir;
    private RunningNeuron running;

    @BeforeEach
    void make() {
        running = RunningNeuron.in(dir);
    }

    private Processes open() throws Exception {
        return Processes.open(dir, 8 << 10, ProcessLauncher.system(List.of()), new SystemTime());
    }

    @Test
    void namesTheProcessForAsLongAsItUsesTheDirectory() throws Exception {
        assertThat(running.process()).isNull();
        try (Processes processes = open()) {
            assertThat(processes.ports()).isNotNull();
            long own = ProcessHandle.current().pid();
            assertThat(running.process()).isEqualTo(ProcessIdentity.of(own));
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(dir.resolve("running"))))
                    .isEqualTo("rw-------");
        }
        assertThat(running.process()).isNull();
    }

    @Test
    void aProcessThatIsGoneIsNone() throws Exception {
        Process other = new ProcessBuilder("sleep", "1000").start();
        ProcessIdentity gone = Objects.requireNonNull(ProcessIdentity.of(other.pid()));
        other.destroyForcibly().waitFor();
        Files.writeString(dir.resolve("running"), gone.pid() + "\n" + gone.start() + "\nserving\n");
        assertThat(running.process()).isNull();
        Files.writeString(dir.resolve("running"), "nonsense");
        assertThat(running.process()).isNull();
    }

    @Test
    void whatToDoAtTheNextStopIsSaidOnceAndForThatOneOnly() throws Exception {
        try (Processes processes = open()) {
            assertThat(processes.ports()).isNotNull();
            assertThat(running.asked()).isNull();
            running.ask(OnStop.KEEP);
            assertThat(running.asked()).isEqualTo(OnStop.KEEP);
            assertThat(running.asked()).isNull();
            running.ask(OnStop.UNLOAD);
        }
        try (Processes processes = open()) {
            assertThat(processes.ports()).isNotNull();
            assertThat(running.asked()).isNull();
        }
    }

    @Test
    void whoComesNextWaitsForOneThatStops() throws Exception {
        Processes processes = open();
        running.awaitStopped(new SystemTime());
        running.stops();
        Thread next =
                Thread.ofVirtual()
                        .name("next")
                        .start(() -> {
                            try {
                                running.awaitStopped(new SystemTime());
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        Poll.until("it waits", () -> next.getState() == Thread.State.TIMED_WAITING);
        processes.close();
        next.join();
        open().close();
    }

    @Test
    void systemdsOwnProcessKeepsItsEngines() {
        assertThat(OnStop.usual(Map.of("SYSTEMD_EXEC_PID", "17"), 17)).isEqualTo(OnStop.KEEP);
        assertThat(OnStop.usual(Map.of("SYSTEMD_EXEC_PID", "17"), 18)).isEqualTo(OnStop.UNLOAD);
        assertThat(OnStop.usual(Map.of(), 17)).isEqualTo(OnStop.UNLOAD);
    }
}
