package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.log.Redaction;
import cortex.core.time.SystemTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// What counts as getting on, for a process that does nothing visible by itself.
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class ReadinessTest {
    private static final Duration STALL = Duration.ofMillis(1500);

    @TempDir private Path dir;
    private final SystemTime time = new SystemTime();
    private final AtomicLong deviceMb = new AtomicLong();
    private final AtomicLong downloadedMb = new AtomicLong();
    private LogTail log;
    private ManagedProcess process;

    @BeforeEach
    void start() throws Exception {
        log = new LogTail(dir, "m", 1 << 16, Redaction.SHAPES);
        log.begin();
        process =
                ManagedProcess.launch(
                        ProcessLauncher.system(List.of()),
                        new ProcessLauncher.Spec(
                                List.of("sleep", "1000"), System.getenv(), log.file(), dir),
                        "m-1",
                        log,
                        time);
    }

    @AfterEach
    void stop() throws Exception {
        assertThat(process.stop(Duration.ofSeconds(1))).isEmpty();
    }

    private Readiness<String> waiting(Readiness.Probe<String> probe) {
        var watch = new Readiness.Watch(STALL, deviceMb::get, downloadedMb::get);
        return new Readiness<>(process, probe, watch, time);
    }

    private static Readiness.Answer<String> loading() {
        return new Readiness.NotYet<>("it answers 503");
    }

    @Test
    void onlySilenceEndsAWait() throws Exception {
        Readiness<String> silent = waiting(ReadinessTest::loading);
        long from = time.nanos();

        assertThat(silent.await())
                .isInstanceOfSatisfying(
                        Readiness.Never.class,
                        never ->
                                assertThat(never.reason())
                                        .contains("no progress")
                                        .contains("it answers 503"));
        assertThat(Duration.ofNanos(time.nanos() - from)).isGreaterThan(STALL);
        assertThat(silent.progress().share()).isNull();
    }

    @Test
    void thatItWasAskedIsNoProgress() throws Exception {
        Readiness<String> stuck =
                readyAfter(
                        8,
                        () -> {
                            says("srv  log_server_r: done request: GET /health 127.0.0.1 503\n");
                            says("\n127.0.0.1 - \"GET /v1/models HTTP/1.1\" 500 -\n");
                        });

        assertThat(stuck.await()).isInstanceOf(Readiness.Never.class);
    }

    @Test
    void whatItSaysBesideIsProgress() throws Exception {
        Readiness<String> telling =
                readyAfter(3, () -> says("GET /health 503\nload_tensors: ....\nGET /health 503\n"));

        assertThat(telling.await()).isEqualTo(new Readiness.Ready<>("it serves"));
    }

    /// Ready after so many times the silence that ends a wait; until then `meanwhile` runs at each
    /// question.
    private Readiness<String> readyAfter(int stalls, Runnable meanwhile) {
        long until = time.nanos() + STALL.multipliedBy(stalls).toNanos();
        return waiting(() -> {
            meanwhile.run();
            return time.nanos() > until ? new Readiness.Ready<>("it serves") : loading();
        });
    }

    private void says(String text) {
        try {
            Files.writeString(log.file(), text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDownloadThatGrowsIsProgress() throws Exception {
        Readiness<String> downloading = readyAfter(3, downloadedMb::incrementAndGet);

        assertThat(downloading.await()).isEqualTo(new Readiness.Ready<>("it serves"));
        assertThat(downloading.progress().downloadedMb()).isPositive();
    }

    @Test
    void deviceMemoryThatGrowsIsProgress() throws Exception {
        long from = time.nanos();
        Readiness<String> growing =
                readyAfter(3, () -> deviceMb.set((time.nanos() - from) / 2_000_000));

        assertThat(growing.await()).isEqualTo(new Readiness.Ready<>("it serves"));
        assertThat(growing.progress().nanos() - from).isGreaterThan(STALL.toNanos());
    }

    @Test
    void whatTheEngineTellsOfItsLoadIsTheShareThatIsDone() throws Exception {
        AtomicReference<Readiness<String>> self = new AtomicReference<>();
        Files.writeString(
                log.file(),
                """
                load_model: loading
                cmd_child_to_router:state:{"state":"loading","payload":{"stages":["text_model"],\
                "current":"text_model","value":0.33}}
                cmd_child_to_router:state:{"state":"loading","payload":{"value":0.5}}
                """,
                StandardOpenOption.APPEND);
        Readiness<String> telling =
                waiting(() -> {
                    Readiness<String> known = Objects.requireNonNull(self.get());
                    return known.progress().share() == null
                            ? loading()
                            : new Readiness.Ready<>("it serves");
                });
        self.set(telling);

        assertThat(telling.await()).isInstanceOf(Readiness.Ready.class);
        assertThat(telling.progress().share()).isEqualTo(0.5);
    }
}
