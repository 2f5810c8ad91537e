package cortex.gateway;

import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.gateway.access.AdminKeyFile;
import cortex.gateway.access.Network;
import cortex.relay.guard.HostNames;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What `[gateway]` says about who operates the fleet and who stands around it.
final class AccessKeys {
    private static final ValueType<String> ORIGIN =
            ValueTypes.TEXT.where(
                    origin -> origin.matches("\\*|[a-z][a-z0-9+.-]*://[^/\\s?#A-Z]+"),
                    "an origin in lower case, without a path");

    private static final ValueType<String> NETWORK =
            ValueTypes.TEXT.where(
                    text -> Network.parse(text) != null,
                    "an address, or a network such as \"10.0.0.0/8\" with no bits beyond its"
                            + " length");

    private AccessKeys() {}

    static GatewayConfig.Admin admin(Section gateway, Map<String, String> environment) {
        List<Secret> keys =
                gateway.read(
                                "admin_keys",
                                ValueTypes.listOf(
                                        ValueTypes.SECRET,
                                        "an array of keys such as [\"…\"], none of them empty"),
                                "Keys that whoever operates the fleet (`/admin`) must show. None:"
                                        + " the one in `admin_key_file`.")
                        .or(List.of());
        String file =
                gateway.read(
                                "admin_key_file",
                                ValueTypes.TEXT,
                                "A file with an operators' key that only the gateway's user can"
                                        + " read; written if there is none; a relative path starts"
                                        + " at this file's directory. Not given, and without"
                                        + " `admin_keys`: `admin-PORT.key`, with a new key at each"
                                        + " start, in `$STATE_DIRECTORY` or `$RUNTIME_DIRECTORY`"
                                        + " (systemd's), else in `cortex` below `$XDG_STATE_HOME`"
                                        + " or `~/.local/state`.")
                        .orNull();
        int recent =
                gateway.read(
                                "recent_requests",
                                ValueTypes.integer(0, 100_000),
                                "Requests that have ended and can be looked at, newest first.")
                        .or(200);
        return new GatewayConfig.Admin(
                keys,
                file == null ? null : gateway.resolve(file),
                AdminKeyFile.folders(environment),
                recent);
    }

    static GatewayConfig.Surroundings around(Section gateway) {
        List<String> origins =
                gateway.read(
                                "cors_origins",
                                ValueTypes.listOf(
                                        ORIGIN,
                                        "an array of origins such as [\"https://app.example\"],"
                                                + " or [\"*\"]"),
                                "Origins of web pages that may use the API from a browser, or"
                                        + " `*`. None: no page may.")
                        .or(List.of());
        List<String> hosts =
                gateway.read(
                                "hosts",
                                HostNames.CONFIGURED,
                                "Names by which it is called, besides its addresses, `localhost`"
                                        + " and its machine's own name: each a name, `*.domain` or"
                                        + " `*`. Requests that call it by another name are"
                                        + " refused, on the metrics' port too; so no web page"
                                        + " gets in by rebinding its own name.")
                        .or(List.of());
        List<String> proxies =
                gateway.read(
                                "trusted_proxies",
                                ValueTypes.listOf(
                                        NETWORK,
                                        "an array of addresses and networks such as"
                                                + " [\"127.0.0.1\", \"10.0.0.0/8\"]"),
                                "Proxies whose `X-Forwarded-For` or `Forwarded` says who the client"
                                        + " is. From others these headers mean nothing.")
                        .or(List.of());
        Secret metricsKey =
                gateway.read(
                                "metrics_key",
                                ValueTypes.SECRET,
                                "What whoever reads the metrics must show, as a Bearer token or as"
                                        + " the password of any user. Not given: whoever reaches"
                                        + " `metrics_listen` may read them.")
                        .orNull();
        return new GatewayConfig.Surroundings(
                origins,
                hosts,
                proxies.stream().map(Network::parse).filter(Objects::nonNull).toList(),
                metricsKey);
    }
}
