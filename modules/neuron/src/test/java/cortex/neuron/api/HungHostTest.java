package cortex.neuron.api;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import cortex.neuron.device.vendor.NvidiaSmi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Engines and device tools that hang hold up nobody who only asks.
@Timeout(60)
class HungHostTest {
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    @TempDir private Path dir;

    @Test
    void controlEndpointsAnswerAtOnce() throws Exception {
        Path smi = dir.resolve("nvidia-smi");
        Files.writeString(smi, "#!/bin/sh\nexec sleep 600\n");
        assertThat(smi.toFile().setExecutable(true)).isTrue();
        try (ApiFixture api =
                new ApiFixture(new NvidiaSmi(smi.toString(), Duration.ofMinutes(5)))) {
            // One engine never gets ready, another does not stop when told.
            api.post("/models/load", "{\"model_id\":\"cold\",\"harness\":\"fake\"}");
            Thread unload = Thread.ofVirtual().start(() -> unload(api));
            api.awaitStatus("cold", "unloading");

            for (String path : List.of("/discovery", "/health", "/models")) {
                assertThat(fastest(api, path)).as(path).isLessThan(AT_ONCE);
            }
            assertThat(unload.isAlive()).isTrue();
            assertThat(api.json("/discovery").get("note").stringValue()).contains("under way");
            assertThat(api.json("/health").get("devices")).isEmpty();
        }
    }

    /// Whether it is answered at all is no matter here.
    private static void unload(ApiFixture api) {
        try {
            api.post("/models/unload", "{\"model_id\":\"cold\"}");
        } catch (IOException | InterruptedException e) {
            System.getLogger("test").log(System.Logger.Level.DEBUG, "unload", e);
        }
    }

    /// The best of some tries: a busy machine may be slow now and then, a blocked answer always is.
    private static Duration fastest(ApiFixture api, String path) throws Exception {
        SystemTime time = new SystemTime();
        Duration best = Duration.ofDays(1);
        for (int i = 0; i < 10; i++) {
            long from = time.nanos();
            assertThat(api.get(path).statusCode()).isEqualTo(200);
            Duration took = Duration.ofNanos(time.nanos() - from);
            best = took.compareTo(best) < 0 ? took : best;
        }
        return best;
    }
}
