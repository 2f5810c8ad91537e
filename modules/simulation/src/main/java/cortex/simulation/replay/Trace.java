package cortex.simulation.replay;

import cortex.core.node.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Requests in the order of their time. As text it is JSON Lines, one request a line: `at`, seconds
/// since the beginning; `model`, its id; `secs`, how long it keeps its replica busy.
public record Trace(List<Arrival> arrivals) {
    public Trace {
        arrivals = arrivals.stream().sorted(Comparator.comparingDouble(Arrival::at)).toList();
    }

    /// One request.
    public record Arrival(double at, String model, double secs) {}

    /// Reads the text form; empty lines are skipped.
    ///
    /// @throws TraceException naming the first line that cannot be read
    public static Trace read(List<String> lines) {
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                arrivals.add(arrival(lines.get(i), i + 1));
            }
        }
        return new Trace(arrivals);
    }

    private static Arrival arrival(String line, int number) {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new TraceException(number, "is not JSON");
        }
        double at = node.path("at").asDouble(-1);
        String model = node.path("model").asString("");
        double secs = node.path("secs").asDouble(-1);
        if (!node.isObject() || at < 0 || model.isEmpty() || secs < 0) {
            throw new TraceException(
                    number, "wants {\"at\": seconds, \"model\": \"id\", \"secs\": seconds}");
        }
        return new Arrival(at, model, secs);
    }

    /// The text form.
    public List<String> lines() {
        return arrivals.stream().map(Trace::line).toList();
    }

    private static String line(Arrival arrival) {
        return String.format(
                Locale.ROOT,
                "{\"at\":%.3f,\"model\":%s,\"secs\":%.3f}",
                arrival.at,
                Json.MAPPER.writeValueAsString(arrival.model),
                arrival.secs);
    }
}
