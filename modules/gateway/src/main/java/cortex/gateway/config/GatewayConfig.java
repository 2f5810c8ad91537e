package cortex.gateway.config;

import cortex.core.log.LogFormat;

/// cortex.toml and its models.toml, read and checked. Immutable. Sizes are bytes.
public record GatewayConfig(
        ServerConfig server,
        LimitsConfig limits,
        TimeoutsConfig timeouts,
        AdmissionConfig admission,
        FleetConfig fleet,
        AdminConfig admin,
        LogFormat logFormat) {}
