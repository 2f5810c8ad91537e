package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Bodies that are announced and do not come, and large ones, keep nobody else out.
@Timeout(60)
class BodyRoomTest {
    /// The bench has room for 8 MiB, a body may have 1 MiB.
    private static final int HOLDERS = 40;

    private final Bench bench = new Bench();

    private static String head(String path, long length) {
        return "POST "
                + path
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + length
                + "\r\n\r\n";
    }

    @Test
    void whatIsAnnouncedTakesNoRoomBeforeItComes() throws Exception {
        bench.engine.script = (_, wire) -> wire.json(200, "{}");
        List<RawClient> holders = new ArrayList<>();
        try (bench) {
            for (int i = 0; i < HOLDERS; i++) {
                RawClient holder = new RawClient(bench.port());
                holders.add(holder);
                holder.send(head("/v1/chat/completions", Bench.MAX_BODY) + "{");
            }
            for (int i = 0; i < 5; i++) {
                assertThat(bench.post("/v1/chat/completions", ASK).statusCode()).isEqualTo(200);
            }
            String large = ASK.replaceFirst("\\{", "{\"user\":\"" + "x".repeat(600_000) + "\",");
            assertThat(bench.post("/v1/chat/completions", large).statusCode()).isEqualTo(200);
        } finally {
            for (RawClient holder : holders) {
                holder.close();
            }
        }
    }
}
