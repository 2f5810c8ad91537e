package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives a test class the one stack that all such classes share; it ends with the run. Its gateway
/// wants a key and lets few requests wait.
final class SharedStack implements ParameterResolver {
    /// How many requests for one model may wait.
    static final int WAITERS = 2;

    private static final String GATEWAY =
            "api_keys = [\"" + Stack.KEY + "\"]\nmax_waiters = " + WAITERS + "\n";

    /// The stack and its folder, both gone when it is closed.
    private record Shared(Stack stack, Path dir) implements AutoCloseable {
        static Shared start() {
            try {
                Path dir = Files.createTempDirectory("cortex-e2e");
                return new Shared(Stack.start(dir, GATEWAY), dir);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws IOException {
            stack.close();
            List<Path> all;
            try (Stream<Path> files = Files.walk(dir)) {
                all = files.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// Asks for an answer, and leaves it only when it is told.
    interface Asking {
        void until(CountDownLatch told) throws Exception;
    }

    /// What the one who is refused is told when, at the same time, one more asks than may wait; the
    /// others leave then.
    static Throwable oneTooMany(Asking asking) {
        CountDownLatch told = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var ended = new ExecutorCompletionService<Void>(threads);
            for (int i = 0; i <= WAITERS; i++) {
                ended.submit(() -> {
                    asking.until(told);
                    return null;
                });
            }
            ExecutionException refused =
                    catchThrowableOfType(ExecutionException.class, () -> ended.take().get());
            told.countDown();
            assertThat(refused).isNotNull();
            return Objects.requireNonNull(refused.getCause());
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Stack.class;
    }

    @Override
    public Stack resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedStack.class))
                .getOrComputeIfAbsent(Shared.class, _ -> Shared.start(), Shared.class)
                .stack();
    }
}
