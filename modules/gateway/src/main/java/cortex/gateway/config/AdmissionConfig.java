package cortex.gateway.config;

import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How many requests may be under way at once: all together, for one model that has no limit of its
/// own, and by one client, those that wait included. What is over the first two waits for a place,
/// `maxWaiting` at most for all models together. 0: no limit (for `maxWaiting`: nobody waits). For
/// `deadlyMemory` a request that ended an engine is refused. A request that asks for several
/// answers counts as several of those in flight. While another client did something not longer than
/// `keepSlot` ago, one client does not get the last free slot of a model; zero: it may have all.
public record AdmissionConfig(
        int maxInFlight,
        int maxInFlightPerModel,
        int maxInFlightPerClient,
        int maxWaiting,
        Duration deadlyMemory,
        Duration keepSlot) {
    /// One that remembers deadly requests as long as usual, and by which a client may have all
    /// slots.
    public AdmissionConfig(
            int maxInFlight, int maxInFlightPerModel, int maxInFlightPerClient, int maxWaiting) {
        this(
                maxInFlight,
                maxInFlightPerModel,
                maxInFlightPerClient,
                maxWaiting,
                Duration.ofMinutes(10),
                Duration.ZERO);
    }

    /// Reads the `[admission]` table of cortex.toml.
    static AdmissionConfig read(Section root) {
        Section admission = root.table("admission", "How many requests may be in flight at once.");
        ValueType<Integer> count = ValueTypes.integer(0, 1_000_000);
        return new AdmissionConfig(
                admission
                        .read(
                                "max_in_flight",
                                count,
                                "Requests in flight, all together; more wait for a place. One that"
                                        + " asks for several answers counts as several, 64 at"
                                        + " most. One client has at most seven eighths of them."
                                        + " 0: no limit.")
                        .or(4096),
                admission
                        .read(
                                "max_in_flight_per_model",
                                count,
                                "Requests in flight for one model that has no `max_in_flight` of"
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
                                "How long a request that ended an engine is refused, from any"
                                        + " client. 0: never refused.")
                        .or(Duration.ofMinutes(10)),
                admission
                        .read(
                                "keep_slot_for_others",
                                ValueTypes.duration(Duration.ZERO),
                                "A model's last free slot is kept for other clients active within"
                                        + " this time, and no request takes the last of several"
                                        + " slots. 0s: one client may use all slots.")
                        .or(Duration.ofMinutes(5)));
    }
}
