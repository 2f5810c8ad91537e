package cortex.cli;

import cortex.cli.terminal.Fields;
import cortex.cli.terminal.GatewayClient;
import cortex.cli.terminal.Table;
import cortex.cli.terminal.Terminal;
import cortex.core.log.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// `cortex status`: the fleet as the gateway sees it. The exit code is 0 when it can serve.
final class StatusCommand {
    private final Terminal terminal;
    private final GatewayClient gateway;

    StatusCommand(Terminal terminal, GatewayClient gateway) {
        this.terminal = terminal;
        this.gateway = gateway;
    }

    int run() throws InterruptedException {
        GatewayClient.Answer ready = gateway.get("/ready");
        JsonNode fleet = gateway.page("/admin/fleet");
        JsonNode models = gateway.page("/v1/models").path("data");
        terminal.line("cortex at " + gateway.url() + ": " + readiness(ready, fleet));
        terminal.out().println();
        terminal.out().print(nodes(fleet));
        below(nodeNotes(fleet));
        terminal.out().println();
        Table replicas = replicas(fleet.path("replicas"));
        if (replicas.isEmpty()) {
            terminal.out().println("No model is loaded.");
        } else {
            terminal.out().print(replicas);
            below(replicaNotes(fleet.path("replicas")));
        }
        terminal.out().println();
        Table queues = queues(fleet);
        if (!queues.isEmpty()) {
            terminal.out().print(queues);
            terminal.out().println();
        }
        terminal.out().println(choice(models));
        return ready.ok() ? 0 : 1;
    }

    /// What the cells of a table have no room for, a line each.
    private void below(Set<String> notes) {
        notes.forEach(note -> terminal.line("  " + note));
    }

    /// How many of the listed names are models (not aliases of one) that a node could serve, as far
    /// as that is known.
    private static String choice(JsonNode models) {
        int can = 0;
        int cannot = 0;
        for (JsonNode model : models) {
            String status = model.path("status").asString("");
            boolean none = status.equals("unavailable") || status.equals("failed");
            can += Fields.isAlias(model) || none ? 0 : 1;
            cannot += !Fields.isAlias(model) && none ? 1 : 0;
        }
        return Quantity.of(can, "model")
                + " can be served"
                + (cannot == 0 ? "" : ", " + cannot + " cannot")
                + ". cortex models lists them.";
    }

    /// What stands below the table, of nodes that do not answer, is not said here too.
    private static String readiness(GatewayClient.Answer ready, JsonNode fleet) {
        if (ready.ok()) {
            return "ready";
        }
        String reason = ready.body().path("reason").asString("");
        for (JsonNode node : fleet.path("nodes")) {
            String problem = node.path("problem").asString("");
            if (!problem.isEmpty() && reason.contains(problem)) {
                reason = reason.replaceFirst("(?s) \\(.*", "");
            }
        }
        return reason.isEmpty() ? "not ready" : "not ready: " + reason;
    }

    /// A line for each device, and one for a node that has none.
    private static Table nodes(JsonNode fleet) {
        Table table = new Table("NODE", "STATE", "DEVICE", "FREE", "TOTAL", "BUSY", "TEMP");
        for (JsonNode node : fleet.path("nodes")) {
            String name = node.path("name").asString("?");
            String state = state(node, fleet.path("replicas"));
            JsonNode devices = node.path("discovery").path("devices");
            if (devices.isEmpty()) {
                JsonNode health = readings(node);
                JsonNode discovery = node.path("discovery");
                String total = Fields.mib(discovery, "ram_total_mb");
                table.row(name, state, "RAM", Fields.mib(health, "ram_free_mb"), total, "-", "-");
            }
            for (JsonNode device : devices) {
                JsonNode health = health(node, device.path("index").asInt(-1));
                table.row(
                        name,
                        state,
                        device.path("index").asInt(-1) + " " + Fields.text(device, "name"),
                        Fields.mib(health, "vram_free_mb"),
                        Fields.mib(device, "vram_total_mb"),
                        Fields.number(health, "utilization_pct", " %"),
                        Fields.number(health, "temp_c", " °C"));
                name = "";
                state = "";
            }
        }
        return table;
    }

    private static String state(JsonNode node, JsonNode replicas) {
        boolean empty = true;
        for (JsonNode replica : replicas) {
            boolean here =
                    replica.path("node").asString("").equals(node.path("name").asString("?"));
            empty &= !here || replica.path("status").asString("").equals("failed");
        }
        String drain = empty ? ", drained" : ", draining";
        boolean back = node.path("back_within_secs").isNumber();
        String not = back ? "restarting" : "unhealthy";
        String state = node.path("healthy").asBoolean(false) ? "healthy" : not;
        String restarting = node.path("restarting").asString("");
        return state
                + (node.path("draining").asBoolean(false) ? drain : "")
                + (restarting.isEmpty() ? "" : ", restarting " + restarting);
    }

    /// Why a node is not healthy, and what is to be known of its models, in sentences.
    private static Set<String> nodeNotes(JsonNode fleet) {
        Set<String> notes = new LinkedHashSet<>();
        for (JsonNode node : fleet.path("nodes")) {
            String name = node.path("name").asString("?");
            String problem = node.path("problem").asString("");
            boolean healthy = node.path("healthy").asBoolean(false);
            note(notes, name, healthy ? unreadable(node) : problem);
            note(notes, name, unknown(node.path("unknown_models")));
            note(notes, name, pins(node, name, fleet.path("replicas")));
        }
        versions(fleet)
                .forEach(
                        (versions, nodes) -> notes.add(String.join(", ", nodes) + ": " + versions));
        return notes;
    }

    /// Why devices cannot be read, in the node's words.
    private static String unreadable(JsonNode node) {
        String note = node.path("discovery").path("note").asString("");
        JsonNode health = node.path("health");
        boolean unread = health.path("reading_age_secs").isNull();
        for (JsonNode device : health.path("devices")) {
            unread |= device.path("vram_free_mb").isNull();
        }
        return note.isEmpty() || !unread ? "" : "its devices cannot be read: " + note;
    }

    /// The nodes by what runs there: the neuron and the devices' drivers.
    private static Map<String, List<String>> versions(JsonNode fleet) {
        Map<String, List<String>> alike = new LinkedHashMap<>();
        for (JsonNode node : fleet.path("nodes")) {
            Set<String> parts = new LinkedHashSet<>();
            String version = node.path("discovery").path("version").asString("");
            if (!version.isEmpty()) {
                parts.add("neuron " + version);
            }
            for (JsonNode device : node.path("discovery").path("devices")) {
                String driver = device.path("capability").path("driver").asString("");
                if (!driver.isEmpty()) {
                    parts.add(device.path("vendor").asString("?") + " driver " + driver);
                }
            }
            if (!parts.isEmpty()) {
                alike.computeIfAbsent(String.join(", ", parts), any -> new ArrayList<>())
                        .add(node.path("name").asString("?"));
            }
        }
        return alike;
    }

    private static void note(Set<String> notes, String what, String sentence) {
        if (!sentence.isEmpty()) {
            notes.add(what + ": " + sentence + (sentence.matches("(?s).*[.?!]") ? "" : "."));
        }
    }

    /// A line for each replica of which there is something to say; one for all nodes where loading
    /// a model failed alike.
    private static Set<String> replicaNotes(JsonNode replicas) {
        Map<String, List<String>> alike = new LinkedHashMap<>();
        for (JsonNode replica : replicas) {
            String sentence = reason(replica);
            if (!sentence.isEmpty()) {
                String key = Fields.text(replica, "model") + '\n' + sentence;
                alike.computeIfAbsent(key, any -> new ArrayList<>())
                        .add(Fields.text(replica, "node") + failedWhen(replica.path("failure")));
            }
        }
        Set<String> notes = new LinkedHashSet<>();
        alike.forEach((key, nodes) -> {
            int end = key.indexOf('\n');
            String where = key.substring(0, end) + " on " + String.join(", ", nodes);
            note(notes, where, key.substring(end + 1));
        });
        return notes;
    }

    /// Models that are there though the catalogue does not have them.
    private static String unknown(JsonNode unknown) {
        int count = unknown.path("count").asInt(0);
        List<String> names = new ArrayList<>();
        unknown.path("names").forEach(name -> names.add(name.asString("?")));
        String more = count > names.size() ? ", …" : "";
        return count == 0
                ? ""
                : "holds " + String.join(", ", names) + more + ", not in models.toml";
    }

    /// The models pinned on a node that it does not have now; those that it has say so themselves.
    private static String pins(JsonNode node, String name, JsonNode replicas) {
        Set<String> pins = new LinkedHashSet<>();
        node.path("pins").forEach(pin -> pins.add(pin.asString("?")));
        for (JsonNode replica : replicas) {
            if (replica.path("node").asString("").equals(name)
                    && replica.path("pinned").asBoolean(false)) {
                pins.remove(replica.path("model").asString(""));
            }
        }
        return pins.isEmpty() ? "" : "pinned but not loaded: " + String.join(", ", pins);
    }

    /// A line for each model for which something is under way or wanted.
    private static Table queues(JsonNode fleet) {
        Table table = new Table("MODEL", "IN-FLIGHT", "WAITING", "");
        Set<String> wanted = new LinkedHashSet<>();
        for (JsonNode queue : fleet.path("queues")) {
            if (queue.path("wanted").asBoolean(false)) {
                wanted.add(queue.path("model").asString("?"));
            }
        }
        for (JsonNode busy : fleet.path("under_way")) {
            String model = busy.path("model").asString("?");
            String note = wanted.remove(model) ? "load requested by an operator" : "";
            table.row(model, Fields.text(busy, "in_flight"), Fields.text(busy, "waiting"), note);
        }
        wanted.forEach(model -> table.row(model, "0", "0", "load requested by an operator"));
        return table;
    }

    /// Returns what its host measured last; nothing of a node that does not answer, as it is old.
    private static JsonNode readings(JsonNode node) {
        return node.path(node.path("healthy").asBoolean(false) ? "health" : "none");
    }

    private static JsonNode health(JsonNode node, int index) {
        for (JsonNode device : readings(node).path("devices")) {
            if (device.path("index").asInt(-1) == index) {
                return device;
            }
        }
        return node.path("none");
    }

    /// Why a replica is as it is. Of a load that failed also when, how often, when it is tried
    /// again and where to read more.
    private static String reason(JsonNode replica) {
        String reason = replica.path("reason").asString("");
        JsonNode failure = replica.path("failure");
        if (!failure.isObject()) {
            return reason.lines().findFirst().orElse("");
        }
        if (failure.path("times").asInt(1) == 0) {
            return "no load is tried: " + reason;
        }
        String log = failure.path("log").asString("");
        String what =
                switch (failure.path("how").asString("")) {
                    case "died_serving" -> "its engine ended as it served: ";
                    case "refused" -> "the node takes no load now: ";
                    default -> "loading failed: ";
                };
        return what
                + reason
                + (log.isEmpty() ? "" : " (the engine's log: " + log + ")")
                + again(failure.path("retry_in_secs"), replica);
    }

    private static String failedWhen(JsonNode failure) {
        int times = failure.path("times").asInt(1);
        if (!failure.isObject() || times == 0) {
            return "";
        }
        Duration ago = Duration.ofSeconds((long) failure.path("ago_secs").asDouble(0));
        String often = times > 1 ? ", " + times + " times in a row" : "";
        return " (" + Quantity.roughly(ago) + " ago" + often + ")";
    }

    private static String again(JsonNode retry, JsonNode replica) {
        if (retry.isNumber()) {
            long secs = (long) Math.ceil(retry.asDouble());
            return secs == 0 ? "" : ". Next try in " + secs + " s";
        }
        return ". Once that is mended: cortex load " + Fields.text(replica, "model") + " NODE";
    }

    private static String status(JsonNode replica) {
        JsonNode eta = replica.path("eta_secs");
        return Fields.text(replica, "status")
                + (eta.isNumber() ? ", about " + Math.round(eta.asDouble()) + " s more" : "")
                + (replica.path("pinned").asBoolean(false) ? ", pinned" : "");
    }

    /// Where it is; who failed is nowhere.
    private static String devices(JsonNode replica) {
        if (!replica.path("devices").isEmpty()) {
            return Fields.text(replica, "devices");
        }
        return replica.path("status").asString("").equals("failed") ? "-" : "CPU";
    }

    private static String inFlight(JsonNode replica) {
        JsonNode slots = replica.path("slots");
        String inFlight = Fields.text(replica, "in_flight");
        return slots.isNumber() ? inFlight + " of " + slots.asString() : inFlight;
    }

    private static Table replicas(JsonNode replicas) {
        Table table =
                new Table("MODEL", "NODE", "STATUS", "DEVICES", "IN-FLIGHT", "MEMORY", "CONTEXT");
        for (JsonNode replica : replicas) {
            table.row(
                    Fields.text(replica, "model"),
                    Fields.text(replica, "node"),
                    status(replica),
                    devices(replica),
                    inFlight(replica),
                    Fields.mib(replica, "vram_used_mb"),
                    Fields.text(replica, "context"));
        }
        return table;
    }
}
