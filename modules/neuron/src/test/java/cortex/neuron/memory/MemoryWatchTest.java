package cortex.neuron.memory;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MemoryWatchTest {
    private final FakeDevices devices = new FakeDevices();
    private final MemoryWatch watch = new MemoryWatch(devices, new SystemTime());

    @AfterEach
    void close() {
        watch.close();
    }

    private Watched started(List<Integer> on, Set<Long> pids) {
        Watched watched = watch.starting(on);
        watched.started(new FakeHeld(pids, null));
        return watched;
    }

    @Test
    void whatTheDriverTellsOfTheProcessesIsTakenOnEachDeviceAndAtMost() {
        Watched watched = started(List.of(1, 0), Set.of(7L, 8L));
        assertThat(watched.held()).isEqualTo(Held.UNKNOWN);

        devices.holds(7, 0, 200);
        devices.holds(8, 1, 50);
        devices.holds(9, 1, 500);
        Held most = watched.held();
        devices.holds(7, 0, 120);
        Held now = watched.held();

        assertThat(most.totalMb()).isEqualTo(250);
        assertThat(most.devicesMb()).containsExactly(50L, 200L);
        assertThat(now.totalMb()).isEqualTo(170);
        assertThat(now.peakMb()).isEqualTo(250);
        assertThat(now.grewAt()).isEqualTo(most.grewAt());
    }

    @Test
    void onTheCpuItIsTheHostsMemory() {
        Watched watched = watch.starting(List.of());
        watched.started(new FakeHeld(Set.of(7L), 321L));

        assertThat(watched.held().totalMb()).isEqualTo(321);
        assertThat(watched.held().devicesMb()).isNull();
        assertThat(watched.onCpu()).isTrue();
    }

    @Test
    void withoutNamedProcessesItIsTheDifferenceThatTheLoadMade() {
        Watched watched = started(List.of(0), Set.of());
        devices.holds(99, 0, 300);
        assertThat(watched.held().totalMb()).isNull();

        watched.ready();

        assertThat(watched.held().totalMb()).isEqualTo(300);
        assertThat(watched.held().devicesMb()).containsExactly(300L);
        // It was measured once; what others do later is not its own.
        devices.holds(98, 0, 100);
        assertThat(watched.held().totalMb()).isEqualTo(300);
    }

    @Test
    void theDifferenceIsUnknownWhenAnotherModelMovedOnTheDevice() {
        Watched watched = started(List.of(0), Set.of());
        Watched other = started(List.of(0, 1), Set.of(5L));
        devices.other[0] += 300;
        watched.ready();

        assertThat(watched.held().totalMb()).isNull();
        assertThat(other.held().totalMb()).isNull();
    }

    @Test
    void theDifferenceIsUnknownWhenAForeignProcessMovedToo() {
        devices.holds(1, 0, 10);
        Watched watched = started(List.of(0), Set.of());
        devices.holds(1, 0, 90);
        devices.holds(2, 0, 300);
        watched.ready();

        assertThat(watched.held().totalMb()).isNull();
    }

    @Test
    void aModelOnAnotherDeviceIsNoMatter() {
        Watched watched = started(List.of(0), Set.of());
        Watched other = started(List.of(1), Set.of());
        devices.tells = false;
        devices.other[0] += 300;
        devices.other[1] += 200;
        watched.ready();
        other.ready();

        assertThat(watched.held().totalMb()).isEqualTo(300);
        assertThat(other.held().totalMb()).isEqualTo(200);
    }

    @Test
    void oneFoundRunningIsUnknownUnlessItsProcessesAreNamed() {
        devices.other[0] += 300;
        Watched found = watch.running(List.of(0), new FakeHeld(Set.of(), null));
        found.ready();
        devices.holds(7, 0, 300);
        Watched named = watch.running(List.of(0), new FakeHeld(Set.of(7L), null));

        assertThat(found.held().totalMb()).isNull();
        assertThat(named.held().totalMb()).isEqualTo(300);
    }

    @Test
    void devicesThatCannotBeReadMakeItUnknown() {
        devices.hangs = true;
        Watched watched = started(List.of(0), Set.of(7L));
        devices.holds(7, 0, 300);

        assertThat(watched.held()).isEqualTo(Held.UNKNOWN);
    }
}
