package cortex.cli.terminal;

import cortex.gateway.access.AdminKeyFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which key a command shows to a gateway, and how it came by it. The key that a gateway of this
/// user wrote on this host is shown to nobody but that gateway.
public final class Keys {
    private final Map<String, String> environment;
    private final String url;
    private final @Nullable Path file;

    /// For the gateway at `url`; `file` is one that was named to hold the operators' key.
    public Keys(Map<String, String> environment, String url, @Nullable Path file) {
        this.environment = environment;
        this.url = url;
        this.file = file;
    }

    /// A key, "" for none, and where it is from.
    public record Shown(String key, String source) {}

    /// What an operator shows.
    public Shown operators() {
        Shown named = named();
        if (named != null) {
            return named;
        }
        Shown found = found();
        if (found.key().isEmpty()) {
            Shown user = of("CORTEX_API_KEY");
            return user == null ? found : user;
        }
        return found;
    }

    /// What a client shows.
    public Shown clients() {
        Shown user = of("CORTEX_API_KEY");
        return user == null ? operators() : user;
    }

    /// Whether a client has a key of its own here.
    public boolean clientsOwn() {
        return of("CORTEX_API_KEY") != null;
    }

    private @Nullable Shown named() {
        if (file == null) {
            return of("CORTEX_ADMIN_KEY");
        }
        try {
            return new Shown(AdminKeyFile.read(file).key().reveal(), "the key in " + file);
        } catch (IOException e) {
            throw new CommandException("--admin-key-file: " + e.getMessage());
        }
    }

    private @Nullable Shown of(String variable) {
        String key = environment.getOrDefault(variable, "");
        return key.isEmpty() ? null : new Shown(key, variable);
    }

    private Shown found() {
        try {
            URI uri = URI.create(url);
            String host = uri.getHost();
            int usual = "https".equals(uri.getScheme()) ? 443 : 80;
            int port = uri.getPort() < 0 ? usual : uri.getPort();
            AdminKeyFile.Found found =
                    host == null ? null : AdminKeyFile.find(environment, host, port);
            return found == null
                    ? new Shown("", "no key: this user has no admin key file of a gateway there")
                    : new Shown(found.key().reveal(), "the key in " + found.file());
        } catch (IOException | IllegalArgumentException e) {
            return new Shown("", "no key: " + e.getMessage());
        }
    }
}
