package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Fuzz;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.responses.request.ResponsesRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The golden cases, spoiled at random: whatever comes in, a request is translated or refused, and
/// a stream ends in exactly one terminal event. Seeded, so that a failure comes again.
final class ResponsesFuzzTest {
    @Test
    void requests() {
        List<byte[]> seeds = new ArrayList<>();
        for (Case golden : Case.all("request")) {
            byte[] request = golden.section("request").getBytes(UTF_8);
            seeds.add(ChatJson.bytes(ChatJson.object(request)));
        }
        Fuzz.requests(seeds, (body, target) -> ResponsesRequest.translate(body, target).chat());
    }

    @Test
    void streams() {
        List<Case> cases = Case.all("stream");
        List<byte[]> seeds = cases.stream().map(Case::bytes).toList();
        Fuzz.streams(seeds, (which, bytes, portion) -> run(cases.get(which), bytes, portion));
    }

    /// Whether a stream made a whole response of it.
    private static boolean run(Case golden, byte[] bytes, int portion) {
        Run run = Run.of(golden);
        for (int i = 0; i < bytes.length; i += portion) {
            run.feed(bytes, i, Math.min(portion, bytes.length - i));
        }
        run.end();
        assertThat(run.stream.over()).isTrue();
        byte[] whole = run.body();
        assertThat(whole == null).isEqualTo(run.stream.failure() != null);
        if (run.stream.earlyFailure() != null) {
            assertThat(run.text()).isEmpty();
            return false;
        }
        List<String> events = run.events();
        Run.assertTerminatedOnce(events);
        if (whole != null) {
            assertThat(ChatJson.parse(new String(whole, UTF_8))).isNotNull();
        }
        return whole != null;
    }
}
