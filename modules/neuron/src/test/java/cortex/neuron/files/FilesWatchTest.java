package cortex.neuron.files;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Catalogues are looked at once and again, and told of only when something has changed.
@Timeout(60)
class FilesWatchTest {
    private static final LoadRequest MODEL =
            new LoadRequest("m", "demo", null, null, List.of(), null, EngineOptions.NONE);
    private static final FilesQuestion QUESTION = new FilesQuestion(List.of(MODEL));

    private volatile State state = State.ABSENT;

    private ModelFiles search(LoadRequest request) {
        return ModelFiles.lacking(request.modelId(), state, "f", "why");
    }

    private static State state(FilesReport report) {
        return Objects.requireNonNull(report.models()).getFirst().state();
    }

    @Test
    void aChangeIsToldOnceWithAnotherRevision() throws Exception {
        try (var watch = new FilesWatch(this::search, Duration.ofMillis(5))) {
            assertThat(watch.report("v1", null)).isNull();
            FilesReport first = watch.take("v1", QUESTION);
            assertThat(state(first)).isEqualTo(State.ABSENT);
            FilesReport same = Objects.requireNonNull(watch.report("v1", first.revision()));
            assertThat(same.models()).isNull();

            state = State.UNREADABLE;
            FilesReport next = same;
            while (next.models() == null) {
                Thread.onSpinWait();
                next = Objects.requireNonNull(watch.report("v1", first.revision()));
            }
            assertThat(state(next)).isEqualTo(State.UNREADABLE);
            assertThat(next.revision()).isNotEqualTo(first.revision());
        }
    }

    @Test
    void onlyTheCataloguesThatWereAskedAboutLastAreKept() throws Exception {
        try (var watch = new FilesWatch(this::search, Duration.ofMillis(5))) {
            for (int i = 0; i < 8; i++) {
                watch.take("v" + i, QUESTION);
            }
            assertThat(watch.report("v0", null)).isNotNull();
            watch.take("v8", QUESTION);
            assertThat(watch.report("v0", null)).isNotNull();
            assertThat(watch.report("v1", null)).isNull();
        }
    }

    @Test
    void aDiskThatDoesNotAnswerKeepsNobodyWaiting() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        var watch =
                new FilesWatch(
                        request -> {
                            try {
                                hangs.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            return ModelFiles.unknown(request.modelId());
                        },
                        Duration.ofMillis(5));
        try (watch) {
            assertThat(watch.take("v1", QUESTION).models()).isNull();
            assertThat(Objects.requireNonNull(watch.report("v1", null)).models()).isNull();
        } finally {
            hangs.countDown();
        }
    }
}
