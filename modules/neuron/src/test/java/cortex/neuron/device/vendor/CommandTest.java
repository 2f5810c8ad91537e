package cortex.neuron.device.vendor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir private Path dir;

    private Command.Result run(String script, Duration timeout) throws Exception {
        return Command.run(List.of(Captures.script(dir, script).toString()), timeout);
    }

    @Test
    void keepsBothOutputsApartAndTheExitCode() throws Exception {
        Command.Result result = run("echo out; echo err >&2; exit 9\n", LONG);

        assertThat(result)
                .isEqualTo(new Command.Result(Command.End.EXITED, 9, "out\n", "err\n", null));
    }

    @Test
    void givesTheCLocaleAndNoInput() throws Exception {
        assertThat(run("cat; echo $LC_ALL\n", LONG).out()).isEqualTo("C\n");
    }

    @Test
    void aHangIsKilledWithEverythingItStarted() throws Exception {
        Path pids = dir.resolve("pids");
        String script =
                "sh -c 'echo $$ >> %1$s; sleep 600 & echo $! >> %1$s; wait' &\n".formatted(pids)
                        + "echo $$ >> %s\necho partial\nwait\n".formatted(pids);

        Command.Result result = run(script, Duration.ofMillis(700));

        assertThat(result.end()).isEqualTo(Command.End.TIMED_OUT);
        assertThat(result.out()).isEqualTo("partial\n");
        assertThat(result.stuck()).isNull();
        List<String> started = Files.readAllLines(pids);
        assertThat(started).hasSize(3);
        for (String pid : started) {
            assertGone(Long.parseLong(pid));
        }
    }

    @Test
    void outputWithoutEndIsCut() throws Exception {
        Command.Result result = run("yes GPU-0\n", LONG);

        assertThat(result.end()).isEqualTo(Command.End.TOO_MUCH);
        assertThat(result.out()).hasSizeLessThanOrEqualTo(4 << 20);
    }

    @Test
    void aStrayChildHoldingThePipeDoesNotHoldUs() throws Exception {
        Path pid = dir.resolve("pid");
        String script = "sleep 600 &\necho $! > %s\necho done\n".formatted(pid);

        Command.Result result = run(script, LONG);

        assertThat(result.end()).isEqualTo(Command.End.EXITED);
        assertThat(result.out()).isEqualTo("done\n");
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void anInterruptKillsAndIsPassedOn() throws Exception {
        Path pid = dir.resolve("pid");
        Path script = Captures.script(dir, "echo $$ > %s\nexec sleep 600\n".formatted(pid));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                Command.run(List.of(script.toString()), LONG);
                            } catch (InterruptedException e) {
                                thrown.set(e);
                            }
                        });
        while (!Files.exists(pid) || Files.size(pid) == 0) {
            Thread.onSpinWait();
        }

        caller.interrupt();
        caller.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertGone(Long.parseLong(Files.readString(pid).strip()));
    }

    @Test
    void aFileThatIsNoProgramIsNotStarted() throws Exception {
        Path text = Files.writeString(dir.resolve("text"), "not a program");

        Command.Result result = Command.run(List.of(text.toString()), LONG);

        assertThat(result.end()).isEqualTo(Command.End.NOT_STARTED);
        assertThat(result.err()).contains("this user may not run it");
        assertThatThrownBy(() -> Command.run(List.of(), LONG))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// A killed process may stay visible for a moment until its parent has taken notice.
    private static void assertGone(long pid) throws Exception {
        var handle = ProcessHandle.of(pid);
        if (handle.isPresent()) {
            handle.get().onExit().get();
            assertThat(handle.get().isAlive()).isFalse();
        }
    }
}
