package cortex.gateway.loading;

import cortex.core.node.Json;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// How what one run leaves to the next is written: JSON with the number of its form, which changes
/// only when what older files say would be misread. What operators want was not among it at first.
final class StateContent {
    private static final int VERSION = 1;

    private StateContent() {}

    private record Written(int version, List<Footprint> footprints, Operators operators) {}

    private record Operators(
            Map<String, Set<String>> pins, Set<String> drained, List<WantedLoad> loads) {}

    /// As it is written.
    static byte[] write(Kept kept) {
        Wishes wishes = kept.wishes();
        Map<String, Set<String>> pins = new TreeMap<>();
        wishes.pins().forEach((node, models) -> pins.put(node, new TreeSet<>(models)));
        var operators = new Operators(pins, new TreeSet<>(wishes.drained()), wishes.loads());
        return Json.MAPPER.writeValueAsBytes(new Written(VERSION, kept.footprints(), operators));
    }

    /// What was written.
    ///
    /// @throws JacksonException when it is not JSON
    /// @throws IllegalArgumentException with what is wrong with it
    static Kept read(byte[] bytes) {
        JsonNode content = Json.MAPPER.readTree(bytes);
        if (content.path("version").asInt(0) != VERSION) {
            throw new IllegalArgumentException("it is not of version " + VERSION);
        }
        List<Footprint> footprints = new ArrayList<>();
        for (JsonNode entry : content.path("footprints")) {
            footprints.add(footprint(entry));
        }
        return new Kept(footprints, wishes(content.path("operators")));
    }

    private static Footprint footprint(JsonNode entry) {
        JsonNode way = entry.path("way");
        String model = way.path("model").asString("");
        int devices = way.path("devices").asInt(-1);
        List<Long> peaks = numbers(entry.path("peaks_mb"));
        List<Long> uneven =
                entry.has("uneven_mb")
                        ? numbers(entry.path("uneven_mb"))
                        : Collections.nCopies(peaks.size(), 0L);
        boolean sound =
                peaks.stream().allMatch(mb -> mb > 0) && uneven.stream().allMatch(mb -> mb >= 0);
        if (model.isEmpty() || devices < 0 || !sound) {
            throw new IllegalArgumentException("not a footprint: " + entry);
        }
        JsonNode told = entry.path("catalogue_mb");
        return new Footprint(
                new Way(
                        model,
                        way.path("harness").asString(""),
                        text(way.path("quant")),
                        devices,
                        way.path("options").asString(""),
                        text(way.path("node"))),
                peaks,
                uneven,
                told.isNumber() ? told.asLong() : null);
    }

    private static Wishes wishes(JsonNode operators) {
        Map<String, Set<String>> pins = new TreeMap<>();
        operators
                .path("pins")
                .properties()
                .forEach(node -> pins.put(node.getKey(), names(node.getValue())));
        List<WantedLoad> loads = new ArrayList<>();
        for (JsonNode load : operators.path("loads")) {
            loads.add(new WantedLoad(name(load.path("model")), text(load.path("node"))));
        }
        return new Wishes(pins, names(operators.path("drained")), loads);
    }

    private static Set<String> names(JsonNode list) {
        Set<String> names = new TreeSet<>();
        list.forEach(name -> names.add(name(name)));
        return names;
    }

    private static String name(JsonNode node) {
        String name = text(node);
        if (name == null || name.isEmpty()) {
            throw new IllegalArgumentException("not a name: " + node);
        }
        return name;
    }

    private static List<Long> numbers(JsonNode list) {
        List<Long> numbers = new ArrayList<>();
        list.forEach(number -> numbers.add(number.asLong(-1)));
        return numbers;
    }

    private static @Nullable String text(JsonNode node) {
        return node.isString() ? node.asString() : null;
    }
}
