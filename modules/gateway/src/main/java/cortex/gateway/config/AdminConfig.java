package cortex.gateway.config;

import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.gateway.access.AdminKeyFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who operates the fleet: whoever shows one of `keys`, or the one in `keyFile`. Without both the
/// gateway makes a key and puts it into the first of `keyFolders` that takes it. `recentRequests`
/// that have ended can be looked at.
public record AdminConfig(
        List<Secret> keys, @Nullable Path keyFile, List<Path> keyFolders, int recentRequests) {
    public AdminConfig {
        keys = List.copyOf(keys);
        keyFolders = List.copyOf(keyFolders);
    }

    /// With keys, and without a file.
    public AdminConfig(List<Secret> keys, int recentRequests) {
        this(keys, null, List.of(), recentRequests);
    }

    /// Reads the operators' keys in `[gateway]`.
    static AdminConfig read(Section gateway, Map<String, String> environment) {
        List<Secret> keys =
                gateway.read(
                                "admin_keys",
                                ValueTypes.listOf(
                                        ValueTypes.SECRET,
                                        "an array of keys such as [\"…\"], none of them empty"),
                                "Admin keys, for `/admin` and the operators' commands. Not set: the"
                                        + " key in `admin_key_file`.")
                        .or(List.of());
        String file =
                gateway.read(
                                "admin_key_file",
                                ValueTypes.TEXT,
                                "A file with the admin key that only the gateway's user can read;"
                                    + " created if missing; a relative path starts at this file's"
                                    + " directory. Not set, and without `admin_keys`:"
                                    + " `admin-PORT.key`, with a new key at each start, in"
                                    + " `$STATE_DIRECTORY` or `$RUNTIME_DIRECTORY` (systemd's),"
                                    + " else in `cortex` below `$XDG_STATE_HOME` or"
                                    + " `~/.local/state`.")
                        .orNull();
        int recent =
                gateway.read(
                                "recent_requests",
                                ValueTypes.integer(0, 100_000),
                                "Finished requests kept for `/admin/requests`.")
                        .or(200);
        Path named = file == null ? null : gateway.resolve(file);
        AdminConfig admin = new AdminConfig(keys, named, AdminKeyFile.folders(environment), recent);
        admin.judge(gateway);
        return admin;
    }

    /// Tells beforehand what a start would refuse or warn of.
    private void judge(Section gateway) {
        if (keyFile != null) {
            String problem = AdminKeyFile.problem(keyFile);
            if (problem != null) {
                gateway.problem("admin_key_file", problem);
            }
        } else if (keys.isEmpty() && gateway.whole()) {
            String problem = AdminKeyFile.problem(keyFolders);
            if (problem != null) {
                gateway.warn("admin_key_file", problem + ".");
            }
        }
    }
}
