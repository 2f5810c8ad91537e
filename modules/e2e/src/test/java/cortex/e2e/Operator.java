package cortex.e2e;

import cortex.core.node.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Somebody who runs a fleet: by the real `cortex` command and by the admin API.
final class Operator {
    private final Path dir;
    private final String api;

    /// At work in `dir`, with the gateway at `api`.
    Operator(Path dir, String api) {
        this.dir = dir;
        this.api = api;
    }

    /// What a command printed, and its exit code.
    record Said(int exit, String text) {}

    /// Runs `cortex ARGUMENTS…` to its end.
    Said runs(String... arguments) throws InterruptedException {
        Program command =
                Program.start("cortex", dir, List.of(arguments), Map.of("CORTEX_URL", api));
        try (command) {
            int exit = command.awaitExit(Duration.ofSeconds(40));
            command.awaitEnd();
            return new Said(exit, command.log());
        }
    }

    /// POSTs to `/admin/WHAT` and gives the body of the 200.
    JsonNode posts(String what, String body) {
        HttpResponse<String> answer = Gateways.post(api + "/admin/" + what, body);
        if (answer.statusCode() != 200) {
            throw new AssertionError(what + ": " + answer.statusCode() + " " + answer.body());
        }
        return Json.MAPPER.readTree(answer.body());
    }

    JsonNode fleet() {
        return Json.MAPPER.readTree(Gateways.get(api + "/admin/fleet").body());
    }

    /// What `/v1/models` says of a model.
    String status(String model) {
        JsonNode models = Json.MAPPER.readTree(Gateways.get(api + "/v1/models").body());
        for (JsonNode entry : models.path("data")) {
            if (entry.path("id").asString("").equals(model)) {
                return entry.path("status").asString("");
            }
        }
        throw new AssertionError("no model " + model);
    }

    /// The replicas the gateway has, as `model on node: status`.
    Set<String> replicas() {
        Set<String> replicas = new TreeSet<>();
        for (JsonNode replica : fleet().path("replicas")) {
            replicas.add(
                    "%s on %s: %s"
                            .formatted(
                                    replica.path("model").asString(""),
                                    replica.path("node").asString(""),
                                    replica.path("status").asString("")));
        }
        return replicas;
    }

    void waitsFor(String... replicas) throws InterruptedException {
        Set<String> wanted = Set.of(replicas);
        Stack.until("the replicas are " + wanted, () -> replicas().equals(wanted));
    }

    /// Asks a model for a short answer and gives the status.
    int asks(String model) {
        return answer(model).statusCode();
    }

    HttpResponse<String> answer(String model) {
        String body =
                """
                {"model":"%s","max_tokens":50,\
                "messages":[{"role":"user","content":"[[tokens 5]] Hi"}]}\
                """
                        .formatted(model);
        return Gateways.post(api + "/v1/chat/completions", body);
    }
}
