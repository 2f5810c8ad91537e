package cortex.gateway;

import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// The `[admission]` table of cortex.toml.
final class AdmissionKeys {
    private AdmissionKeys() {}

    static GatewayConfig.Admission read(Section root) {
        Section admission = root.table("admission", "How many requests may be under way at once.");
        ValueType<Integer> count = ValueTypes.integer(0, 1_000_000);
        return new GatewayConfig.Admission(
                admission
                        .read(
                                "max_in_flight",
                                count,
                                "Requests under way, all together; more wait for a place. One that"
                                        + " asks for several answers counts as several, 64 at"
                                        + " most. 0: no limit.")
                        .or(4096),
                admission
                        .read(
                                "max_in_flight_per_model",
                                count,
                                "Requests under way for one model that has no `max_in_flight` of"
                                        + " its own; more wait for a place. 0: no limit.")
                        .or(0),
                admission
                        .read(
                                "max_in_flight_per_client",
                                count,
                                "Requests of one client (an API key, or an address where there are"
                                        + " none), those that wait included; more get a 429. 0: no"
                                        + " limit.")
                        .or(0),
                admission
                        .read(
                                "max_waiting",
                                count,
                                "Requests that may wait at once, for a place or for a load, for all"
                                        + " models together; more get a 429.")
                        .or(1024),
                admission
                        .read(
                                "deadly_memory",
                                ValueTypes.duration(Duration.ZERO),
                                "For how long a request that ended an engine is refused, whoever"
                                        + " sends it. 0: it is not remembered.")
                        .or(Duration.ofMinutes(10)),
                admission
                        .read(
                                "keep_slot_for_others",
                                ValueTypes.duration(Duration.ZERO),
                                "How long after another client did something one client does not"
                                        + " get the last free slot of a model. 0s: it may have"
                                        + " all.")
                        .or(Duration.ofMinutes(5)));
    }
}
