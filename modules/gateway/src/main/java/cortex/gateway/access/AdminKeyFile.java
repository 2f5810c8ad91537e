package cortex.gateway.access;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.config.problem.FileTrouble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The operators' key of a gateway that was given none, in a file that only its user can read.
///
/// In the usual place the key is a new one at each start and is gone with the gateway: what
/// `cortex` told a stranger that had taken the port meanwhile is worth nothing afterwards. A file
/// that the configuration names keeps its key.
public final class AdminKeyFile implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AdminKeyFile.class.getName());
    private static final int KEY_BYTES = 32;
    private static final Pattern KEY = Pattern.compile("[!-~]{16,512}");

    private final @Nullable Path named;
    private final List<Path> folders;
    private final String key;
    private @Nullable Path published;

    private AdminKeyFile(@Nullable Path named, List<Path> folders, String key) {
        this.named = named;
        this.folders = folders;
        this.key = key;
    }

    /// The key in a file of that name, which is written if there is none.
    ///
    /// @throws AdminKeyException when others can read it, or it cannot be read or written
    public static AdminKeyFile named(Path file) {
        try {
            String key = key(file, PrivateFile.readOrCreate(file, fresh() + "\n"));
            return new AdminKeyFile(file, List.of(), key);
        } catch (IOException e) {
            throw new AdminKeyException("admin_key_file: " + sentence(file, e), e);
        }
    }

    /// Why a file of that name cannot hold the key, as a sentence; null when it can.
    public static @Nullable String problem(Path file) {
        try {
            if (Files.exists(file)) {
                key(file, PrivateFile.read(file));
                return null;
            }
        } catch (IOException e) {
            return sentence(file, e);
        }
        Path folder = file.toAbsolutePath().getParent();
        String problem = folder == null ? "it is no file" : FileTrouble.ofFolder(folder);
        return problem == null ? null : file + " cannot be written: " + problem + ".";
    }

    /// Why none of these folders takes a key, as a sentence without its dot; null when one does,
    /// and when there are none.
    public static @Nullable String problem(List<Path> folders) {
        List<String> problems = new ArrayList<>();
        for (Path folder : folders) {
            String problem = FileTrouble.ofFolder(folder);
            if (problem == null) {
                return null;
            }
            problems.add(folder + ": " + problem);
        }
        return problems.isEmpty() ? null : nobody(problems);
    }

    /// A new key, to be put into the first of these folders that takes it.
    public static AdminKeyFile in(List<Path> folders) {
        return new AdminKeyFile(null, folders, fresh());
    }

    /// The key.
    public Secret key() {
        return new Secret(key);
    }

    /// Lets the gateway's own user find the key of the gateway that listens at `address`. Where no
    /// file can be written nobody operates that gateway, which is said in the log.
    public void publish(HostPort address) {
        if (named != null) {
            LOG.log(System.Logger.Level.INFO, "the operators' key is in {0}", named);
            return;
        }
        List<String> problems = new ArrayList<>();
        for (Path folder : folders) {
            Path file = folder.resolve(name(bound(address), address.port()));
            try {
                PrivateFile.write(file, key + "\n");
                published = file;
                LOG.log(System.Logger.Level.INFO, "the operators' key is in {0}", file);
                return;
            } catch (IOException e) {
                problems.add(folder + ": " + FileTrouble.words(e));
            }
        }
        LOG.log(System.Logger.Level.WARNING, nobody(problems));
    }

    private static String nobody(List<String> problems) {
        return "cannot write the operators' key to a file, so nobody can use /admin ("
                + (problems.isEmpty() ? "there is no HOME" : String.join("; ", problems))
                + "). Set admin_keys or admin_key_file in [gateway]";
    }

    /// Takes the file away that was published, unless another gateway has written it since.
    @Override
    public void close() {
        Path file = published;
        try {
            if (file != null && PrivateFile.read(file).strip().equals(key)) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the key in {0} is not ours to remove", file);
        }
    }

    /// What was found for a gateway: its key and the file that holds it.
    public record Found(Path file, Secret key) {}

    /// The key of the gateway of this user, or for root of any, that listens on this host at that
    /// place: of several the newest. Null where there is none, or the place is on another host; so
    /// the key goes to no other port, and to none of another address than the gateway's.
    ///
    /// @throws IOException with what is wrong with the only one there is
    public static @Nullable Found find(Map<String, String> environment, String host, int port)
            throws IOException {
        InetAddress address = InetAddress.getByName(host);
        boolean here =
                address.isLoopbackAddress()
                        || address.isAnyLocalAddress()
                        || java.net.NetworkInterface.getByInetAddress(address) != null;
        if (!here) {
            return null;
        }
        Path newest = null;
        for (Path folder : commandFolders(environment)) {
            for (String name : List.of(name(null, port), name(address, port))) {
                Path file = folder.resolve(name);
                if (Files.exists(file) && (newest == null || isNewer(file, newest))) {
                    newest = file;
                }
            }
        }
        return newest == null ? null : read(newest);
    }

    /// The key in a file.
    ///
    /// @throws IOException with what is wrong with it
    public static Found read(Path file) throws IOException {
        try {
            return new Found(file, new Secret(key(file, PrivateFile.read(file))));
        } catch (IOException e) {
            throw new IOException(sentence(file, e), e);
        }
    }

    private static String key(Path file, String text) throws IOException {
        String key = text.strip();
        if (!KEY.matcher(key).matches()) {
            throw new IOException(
                    file + " holds no key: one line of 16 to 512 characters without spaces.");
        }
        return key;
    }

    private static boolean isNewer(Path file, Path other) throws IOException {
        return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(other)) > 0;
    }

    /// Where a gateway with this environment keeps its key, first choice first: what systemd gives
    /// a service, else what the XDG base directories are for state.
    public static List<Path> folders(Map<String, String> environment) {
        Set<Path> folders = new LinkedHashSet<>();
        for (String variable : List.of("STATE_DIRECTORY", "RUNTIME_DIRECTORY")) {
            // systemd gives several with colons between them; the first is ours
            add(folders, environment.getOrDefault(variable, "").split(":", 2)[0], "");
        }
        add(folders, environment.getOrDefault("XDG_STATE_HOME", ""), "cortex");
        add(folders, environment.getOrDefault("HOME", ""), ".local/state/cortex");
        add(folders, environment.getOrDefault("XDG_RUNTIME_DIR", ""), "cortex");
        return List.copyOf(folders);
    }

    /// The same, and what a service named `cortex` has.
    private static List<Path> commandFolders(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>(folders(environment));
        folders.add(Path.of("/var/lib/cortex"));
        folders.add(Path.of("/run/cortex"));
        return folders;
    }

    private static void add(Set<Path> folders, String folder, String below) {
        if (folder.startsWith("/")) {
            folders.add(Path.of(folder).resolve(below));
        }
    }

    /// The file of a gateway on all of a host's addresses (null), or on one.
    private static String name(@Nullable InetAddress address, int port) {
        String at = address == null ? "" : address.getHostAddress().replaceFirst("%.*", "") + "-";
        return "admin-" + at + port + ".key";
    }

    private static @Nullable InetAddress bound(HostPort address) {
        InetAddress bound = new InetSocketAddress(address.host(), address.port()).getAddress();
        return bound == null || bound.isAnyLocalAddress() ? null : bound;
    }

    private static String fresh() {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        return "cortex-admin-" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private static String sentence(Path file, IOException e) {
        String known = FileTrouble.known(e);
        return known == null
                ? String.valueOf(e.getMessage())
                : file + " cannot be read or written: " + known + ".";
    }
}
