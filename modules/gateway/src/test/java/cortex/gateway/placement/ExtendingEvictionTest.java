package cortex.gateway.placement;

import static cortex.gateway.placement.Rooms.idle;
import static cortex.gateway.placement.Rooms.model;
import static cortex.gateway.placement.Rooms.node;
import static cortex.gateway.placement.Rooms.pinned;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Worth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// docs/extending/eviction-strategy.md, done with a toy.
class ExtendingEvictionTest {
    private static final Path PAGE = Path.of("../../docs/extending/eviction-strategy.md");
    private static final Path THIS =
            Path.of("src/test/java/cortex/gateway/placement/ExtendingEvictionTest.java");

    private static final class SmallestFirst implements EvictionPolicy {
        @Override
        public Cost cost(Resident resident, Worth worth, long now) {
            return new Cost(0, resident.totalMb());
        }
    }

    private static List<String> victims(long neededMb, NodeRoom node) {
        Decision decision =
                new Planner(new SmallestFirst())
                        .plan(model(neededMb, 1), List.of(node), Rooms.plain());
        assertThat(decision.outcome()).as(decision.text()).isEqualTo(Outcome.MAKE_ROOM);
        return Objects.requireNonNull(decision.chosen()).victims().stream()
                .map(victim -> victim.resident().model())
                .toList();
    }

    @Test
    void theToyChoosesByItsOwnRule() {
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(
                                idle("large and forgotten", 16_000, Duration.ofHours(9)),
                                idle("small and in use", 8_000, Duration.ofSeconds(5)))
                        .room();
        assertThat(victims(8_000, node)).containsExactly("small and in use");
        assertThat(victims(16_000, node)).containsExactly("large and forgotten");
    }

    /// That is settled before any strategy is asked.
    @Test
    void theToyIsNotAskedAboutWhatIsPinned() {
        NodeRoom node =
                node("a")
                        .card(24_000, 0L)
                        .holds(pinned("small", 4_000), idle("large", 20_000, Duration.ofHours(1)))
                        .room();
        assertThat(victims(4_000, node)).containsExactly("large");
    }

    @Test
    void thePageShowsThisCode() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("```java\n") + "```java\n".length();
        String shown = page.substring(from, page.indexOf("```", from));
        assertThat(Files.readString(THIS)).containsIgnoringWhitespaces(shown);
    }
}
