package cortex.relay.guard;

import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// The names under which a server may be reached. A page whose own name was rebound to this
/// machine's address shows that name in `Host`, and no page can show another one; so a server that
/// answers to its own names only is out of such a page's reach.
///
/// Always known are IP literals (their owner is who is reached), `localhost` and what is below it,
/// and this machine's host name: as it is, its first label, that with `.local`, and that in each
/// domain of resolv.conf. No name service is asked, since it might answer for whoever asks.
public final class HostNames {
    /// What a configuration may say of them.
    public static final ValueType<List<String>> CONFIGURED =
            ValueTypes.listOf(
                    ValueTypes.TEXT.where(
                            name -> name.matches("\\*|(\\*\\.)?[A-Za-z0-9._-]+"),
                            "a host name without port or path"),
                    "an array of host names such as [\"llm.example.com\"]");

    private static final String ANY = "*";
    private static final String LOCALHOST = "localhost";
    private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");
    private static final Path RESOLVER = Path.of("/etc/resolv.conf");
    private static final int LONGEST = 255;

    private final Set<String> exact = new HashSet<>();
    private final List<String> below;
    private final boolean any;

    private HostNames(List<String> configured, Stream<String> own) {
        List<String> names = configured.stream().map(HostNames::plain).toList();
        any = names.contains(ANY);
        below =
                names.stream()
                        .filter(name -> name.startsWith("*."))
                        .map(name -> name.substring(1))
                        .toList();
        exact.addAll(names);
        own.map(HostNames::plain).filter(name -> !name.isEmpty()).forEach(exact::add);
    }

    /// The machine's own names and the configured ones: each a name, `*.domain` for all below a
    /// domain, or `*` for every name.
    public static HostNames of(List<String> configured) {
        return new HostNames(configured, own(text(HOSTNAME), text(RESOLVER)));
    }

    /// The same of a machine with this host name and this resolv.conf.
    static HostNames of(List<String> configured, String hostname, String resolver) {
        return new HostNames(configured, own(hostname, resolver));
    }

    /// Whether a request with this authority (a name or an address, perhaps with a port) is meant
    /// for this server.
    public boolean knows(String authority) {
        String name = nameIn(authority);
        if (name.isEmpty() || name.length() > LONGEST) {
            return false;
        }
        return any
                || isAddress(name)
                || name.equals(LOCALHOST)
                || name.endsWith("." + LOCALHOST)
                || exact.contains(name)
                || below.stream().anyMatch(domain -> isBelow(name, domain));
    }

    /// The name or address in an authority, in lower case, without port, brackets or final dot;
    /// empty when it is not well formed.
    static String nameIn(String authority) {
        if (authority.startsWith("[")) {
            int end = authority.indexOf(']');
            return end > 0 && isPort(authority.substring(end + 1))
                    ? authority.substring(0, end + 1).toLowerCase(Locale.ROOT)
                    : "";
        }
        int colon = authority.indexOf(':');
        if (colon >= 0 && !isPort(authority.substring(colon))) {
            return "";
        }
        String name = plain(colon < 0 ? authority : authority.substring(0, colon));
        return name.chars().allMatch(HostNames::isNameCharacter) ? name : "";
    }

    private static boolean isPort(String rest) {
        return rest.isEmpty()
                || (rest.startsWith(":")
                        && rest.length() <= 6
                        && rest.chars().skip(1).allMatch(c -> c >= '0' && c <= '9'));
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "-._".indexOf(c) >= 0;
    }

    /// An IPv6 literal comes in brackets. Of IPv4 browsers send no other form than four numbers.
    private static boolean isAddress(String name) {
        if (name.startsWith("[")) {
            return name.length() > 4
                    && name.chars()
                            .skip(1)
                            .limit(name.length() - 2L)
                            .allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
        }
        String[] parts = name.split("\\.", 5);
        return parts.length == 4 && Stream.of(parts).allMatch(HostNames::isByte);
    }

    private static boolean isByte(String part) {
        return !part.isEmpty()
                && part.length() <= 3
                && part.chars().allMatch(c -> c >= '0' && c <= '9')
                && Integer.parseInt(part) <= 255;
    }

    private static boolean isBelow(String name, String domain) {
        return name.endsWith(domain) && name.length() > domain.length();
    }

    private static String plain(String written) {
        String name = written.strip().toLowerCase(Locale.ROOT);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static Stream<String> own(String hostname, String resolver) {
        String name = plain(hostname);
        String label = name.split("\\.", 2)[0];
        if (label.isEmpty()) {
            return Stream.empty();
        }
        Stream<String> searched =
                resolver.lines()
                        .map(line -> line.strip().split("\\s+"))
                        .filter(words -> words[0].equals("search") || words[0].equals("domain"))
                        .flatMap(words -> Stream.of(words).skip(1))
                        .map(HostNames::plain)
                        .filter(domain -> !domain.isEmpty())
                        .map(domain -> label + "." + domain);
        return Stream.concat(Stream.of(name, label, label + ".local"), searched);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            // A machine without the file has no names but the configured ones.
            return "";
        }
    }
}
