package cortex.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file that makes an operator of whoever can read it.
class AdminKeyFileTest {
    private static final HostPort EVERYWHERE = new HostPort("0.0.0.0", 8000);

    @TempDir private Path dir;

    private static void allow(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private Map<String, String> home() {
        return Map.of("HOME", dir.toString());
    }

    private AdminKeyFile.@Nullable Found find(String host, int port) throws IOException {
        return AdminKeyFile.find(home(), host, port);
    }

    @Test
    void aGatewayPutsItsKeyWhereItsUserFindsItAndNobodyElse() throws IOException {
        Path folder = dir.resolve(".local/state/cortex");
        AdminKeyFile file = AdminKeyFile.in(AdminKeyFile.folders(home()));
        file.publish(EVERYWHERE);
        Path written = folder.resolve("admin-8000.key");
        assertThat(permissions(folder)).isEqualTo("rwx------");
        assertThat(permissions(written)).isEqualTo("rw-------");
        assertThat(Files.readString(written)).isEqualTo(file.key().reveal() + "\n");
        assertThat(find("127.0.0.1", 8000)).isEqualTo(new AdminKeyFile.Found(written, file.key()));
        assertThat(find("localhost", 8000)).isNotNull();
        assertThat(find("127.0.0.1", 8001)).isNull();
        file.close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theKeyGoesToNoAddressButTheGateways() throws IOException {
        try (AdminKeyFile file = AdminKeyFile.in(AdminKeyFile.folders(home()))) {
            file.publish(new HostPort("127.0.0.2", 8000));
            assertThat(find("127.0.0.2", 8000)).isNotNull();
            assertThat(find("127.0.0.1", 8000)).isNull();
            assertThat(find("127.0.0.3", 8000)).isNull();
        }
        try (AdminKeyFile file = AdminKeyFile.in(AdminKeyFile.folders(home()))) {
            file.publish(EVERYWHERE);
            assertThat(find("192.0.2.1", 8000)).isNull();
            List<InetAddress> own =
                    NetworkInterface.networkInterfaces()
                            .flatMap(NetworkInterface::inetAddresses)
                            .toList();
            for (InetAddress address : own) {
                assertThat(find(address.getHostAddress(), 8000)).as("%s", address).isNotNull();
            }
        }
    }

    @Test
    void eachStartHasAKeyOfItsOwn() throws IOException {
        AdminKeyFile first = AdminKeyFile.in(AdminKeyFile.folders(home()));
        first.publish(EVERYWHERE);
        AdminKeyFile second = AdminKeyFile.in(AdminKeyFile.folders(home()));
        second.publish(EVERYWHERE);
        assertThat(second.key()).isNotEqualTo(first.key());
        first.close();
        assertThat(find("127.0.0.1", 8000)).extracting("key").isEqualTo(second.key());
        second.close();
    }

    @Test
    void whatOthersCouldHaveReadIsRefused() throws IOException {
        Path file = dir.resolve("admin.key");
        Files.writeString(file, "0123456789abcdef\n");
        for (String open :
                List.of("rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwxrwxrwx")) {
            allow(file, open);
            assertThatThrownBy(() -> AdminKeyFile.named(file))
                    .isInstanceOf(AdminKeyException.class)
                    .hasMessageContaining("admin_key_file: " + file + " is open to other users")
                    .hasMessageContaining("chmod 600");
            assertThatThrownBy(() -> AdminKeyFile.read(file)).isInstanceOf(IOException.class);
        }
        allow(file, "rw-------");
        assertThat(AdminKeyFile.named(file).key().reveal()).isEqualTo("0123456789abcdef");
    }

    @Test
    void whatHoldsNoKeyIsRefused() throws IOException {
        for (String text : List.of("", "\n", "short", "two words of sufficient length", "ab\ncd")) {
            Path file = Files.createTempFile(dir, "admin", ".key");
            Files.writeString(file, text);
            allow(file, "rw-------");
            assertThatThrownBy(() -> AdminKeyFile.named(file))
                    .isInstanceOf(AdminKeyException.class)
                    .hasMessageContaining("holds no key");
        }
        Path large = dir.resolve("large.key");
        Files.writeString(large, "x".repeat(100_000));
        allow(large, "rw-------");
        assertThatThrownBy(() -> AdminKeyFile.named(large)).hasMessageContaining("larger than");
        assertThatThrownBy(() -> AdminKeyFile.named(dir))
                .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> AdminKeyFile.named(large.resolve("below.key")))
                .isInstanceOf(AdminKeyException.class);
    }

    @Test
    void aNamedFileKeepsItsKeyAndIsWrittenOnce() throws Exception {
        Path file = dir.resolve("new/admin.key");
        Callable<String> start = () -> AdminKeyFile.named(file).key().reveal();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<String> keys =
                    threads.invokeAll(Stream.generate(() -> start).limit(16).toList()).stream()
                            .map(f -> f.resultNow())
                            .distinct()
                            .toList();
            assertThat(keys).hasSize(1);
        }
        assertThat(permissions(file)).isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(Objects.requireNonNull(file.getParent()))) {
            assertThat(files).hasSize(1);
        }
        try (AdminKeyFile named = AdminKeyFile.named(file)) {
            named.publish(EVERYWHERE);
        }
        assertThat(file).exists();
        assertThat(find("127.0.0.1", 8000)).isNull();
    }

    @Test
    void ofSeveralTheNewestIsFound() throws IOException {
        Map<String, String> both =
                Map.of("HOME", dir.toString(), "XDG_STATE_HOME", dir.resolve("xdg").toString());
        AdminKeyFile first = AdminKeyFile.in(AdminKeyFile.folders(home()));
        AdminKeyFile second = AdminKeyFile.in(AdminKeyFile.folders(both));
        first.publish(EVERYWHERE);
        second.publish(EVERYWHERE);
        Path old = dir.resolve("xdg/cortex/admin-8000.key");
        Files.setLastModifiedTime(old, FileTime.from(Instant.EPOCH));
        assertThat(AdminKeyFile.find(both, "127.0.0.1", 8000))
                .extracting("key")
                .isEqualTo(first.key());
    }

    @Test
    void whereTheFirstFolderTakesNoFileTheNextOneDoes() throws IOException {
        Path file = Files.createFile(dir.resolve("no-folder"));
        Path second = dir.resolve("second");
        try (AdminKeyFile key = AdminKeyFile.in(List.of(file.resolve("below"), second))) {
            key.publish(EVERYWHERE);
            assertThat(second.resolve("admin-8000.key")).exists();
        }
        assertThat(second).isEmptyDirectory();
    }

    @Test
    void whereItGoesFollowsTheEnvironment() {
        assertThat(
                        AdminKeyFile.folders(
                                Map.of(
                                        "STATE_DIRECTORY", "/s/a:/s/b",
                                        "RUNTIME_DIRECTORY", "/r",
                                        "XDG_STATE_HOME", "relative",
                                        "HOME", "/h",
                                        "XDG_RUNTIME_DIR", "/run/user/1")))
                .containsExactly(
                        Path.of("/s/a"),
                        Path.of("/r"),
                        Path.of("/h/.local/state/cortex"),
                        Path.of("/run/user/1/cortex"));
        assertThat(AdminKeyFile.folders(Map.of())).isEmpty();
        AdminKeyFile nowhere = AdminKeyFile.in(List.of());
        nowhere.publish(EVERYWHERE);
        nowhere.close();
    }

    @Test
    void namesOfKeysOutliveARestartOnlyWithTheirSalt() throws IOException {
        String name = KeyNames.in(dir).of("sk-1");
        assertThat(name).matches("key-[0-9a-f]{8}").isNotEqualTo("key-eea237c8");
        assertThat(KeyNames.in(dir).of("sk-1")).isEqualTo(name);
        assertThat(KeyNames.in(dir).of("sk-2")).isNotEqualTo(name);
        assertThat(permissions(dir.resolve("key-names.salt"))).isEqualTo("rw-------");
        assertThat(KeyNames.in(null).of("sk-1")).isNotEqualTo(name);
        allow(dir.resolve("key-names.salt"), "rw-r--r--");
        assertThat(KeyNames.in(dir).of("sk-1")).isNotEqualTo(name);
    }
}
