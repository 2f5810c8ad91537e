package cortex.gateway.config;

import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.gateway.access.Network;
import cortex.relay.guard.HostNames;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Who may use the API and the metrics.
///
/// @param apiKeys the keys of which clients must show one; none: everybody may ask
/// @param corsOrigins the origins of the web pages that may use the API from a browser; `*` is all
///   of them
/// @param hosts the names the gateway is called by besides its addresses and its machine's own
/// @param trustedProxies the proxies whose word about a client's address counts
/// @param metricsKey the key that readers of the metrics must show; null for none
public record AccessConfig(
        List<Secret> apiKeys,
        List<String> corsOrigins,
        List<String> hosts,
        List<Network> trustedProxies,
        @Nullable Secret metricsKey) {
    private static final ValueType<String> ORIGIN =
            ValueTypes.TEXT.where(
                    origin -> origin.matches("\\*|[a-z][a-z0-9+.-]*://[^/\\s?#A-Z]+"),
                    "an origin in lower case, without a path");

    private static final ValueType<String> NETWORK =
            ValueTypes.TEXT.where(
                    text -> Network.parse(text) != null,
                    "an address, or a network such as \"10.0.0.0/8\" with no bits beyond its"
                            + " length");

    public AccessConfig {
        apiKeys = List.copyOf(apiKeys);
        corsOrigins = List.copyOf(corsOrigins);
        hosts = List.copyOf(hosts);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /// Opens the API to whoever shows one of these keys, and to web pages of these origins; trusts
    /// no proxy.
    public AccessConfig(List<Secret> apiKeys, List<String> corsOrigins) {
        this(apiKeys, corsOrigins, List.of(), List.of(), null);
    }

    /// Reads who may use the gateway from `[gateway]`.
    static AccessConfig read(Section gateway) {
        List<Secret> apiKeys =
                gateway.read(
                                "api_keys",
                                ValueTypes.listOf(
                                        ValueTypes.SECRET,
                                        "an array of keys such as [\"…\"], none of them empty"),
                                "Keys that clients must send, as `Authorization: Bearer …` or"
                                        + " `x-api-key`. Not set: anyone may use the API.")
                        .or(List.of());
        List<String> origins =
                gateway.read(
                                "cors_origins",
                                ValueTypes.listOf(
                                        ORIGIN,
                                        "an array of origins such as [\"https://app.example\"],"
                                                + " or [\"*\"]"),
                                "Origins of web pages that may use the API from a browser, or"
                                        + " `*`. Not set: no page may.")
                        .or(List.of());
        List<String> hosts =
                gateway.read(
                                "hosts",
                                HostNames.CONFIGURED,
                                "Extra host names of this server besides its addresses, `localhost`"
                                    + " and its machine's own name: each a name, `*.domain` or `*`."
                                    + " Requests for any other host name are refused, on the"
                                    + " metrics' port too; this blocks DNS rebinding.")
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
                                "The key for the metrics, as a Bearer token or as the password of"
                                    + " any user. Not set: anyone who can reach `metrics_listen`"
                                    + " may read them.")
                        .orNull();
        return new AccessConfig(
                apiKeys,
                origins,
                hosts,
                proxies.stream().map(Network::parse).filter(Objects::nonNull).toList(),
                metricsKey);
    }
}
