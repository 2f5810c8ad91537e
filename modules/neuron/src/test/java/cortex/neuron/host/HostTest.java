package cortex.neuron.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class HostTest {
    @TempDir private Path root;

    private void file(String path, String text) throws Exception {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void readsNamesFromProcAndEtc() throws Exception {
        file("proc/sys/kernel/hostname", "beast\n");
        file("proc/sys/kernel/osrelease", "6.17.4-300.fc43.x86_64\n");
        file("etc/os-release", "NAME=\"Fedora\"\nPRETTY_NAME=\"Fedora Linux 43 (Server)\"\n");

        assertThat(Host.read(root, Map.of("HOSTNAME", "other")))
                .isEqualTo(new Host("beast", "Fedora Linux 43 (Server)", "6.17.4-300.fc43.x86_64"));
    }

    @Test
    void doesWithoutThem() {
        assertThat(Host.read(root, Map.of("HOSTNAME", "mac")))
                .isEqualTo(
                        new Host(
                                "mac",
                                System.getProperty("os.name"),
                                System.getProperty("os.version")));
        assertThat(Host.read(root, Map.of()).hostname()).isEqualTo("localhost");
    }

    @Test
    void understandsTheQuotesOfOsRelease() {
        assertThat(OsRelease.prettyName("PRETTY_NAME='Debian 12'\n", "?")).isEqualTo("Debian 12");
        assertThat(OsRelease.prettyName("PRETTY_NAME=Alpine\n", "?")).isEqualTo("Alpine");
        assertThat(OsRelease.prettyName("PRETTY_NAME=\"The \\\"best\\\" \\$OS\"\n", "?"))
                .isEqualTo("The \"best\" $OS");
        assertThat(OsRelease.prettyName("PRETTY_NAME=\nID=x\n", "?")).isEqualTo("?");
        assertThat(OsRelease.prettyName("X_PRETTY_NAME=\"no\"\n", "?")).isEqualTo("?");
    }

    @Test
    void parsesMeminfo() {
        String text =
                """
                MemTotal:       65698876 kB
                MemFree:         1024000 kB
                MemAvailable:   51200000 kB
                SwapTotal:             0 kB
                """;

        assertThat(MemInfo.parse(text)).isEqualTo(new MemInfo(64159L, 50000L));
        assertThat(MemInfo.parse("MemTotal: lots\n")).isEqualTo(MemInfo.UNKNOWN);
        assertThat(MemInfo.parse("")).isEqualTo(MemInfo.UNKNOWN);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void thisHostHasMemory() {
        MemInfo memory = Host.memory();

        assertThat(memory.totalMb()).isPositive();
        assertThat(memory.availableMb()).isPositive().isLessThanOrEqualTo(memory.totalMb());
    }
}
