package cortex.gateway.http;

import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.http.models.ModelList;
import cortex.gateway.http.models.Paging;
import cortex.gateway.route.ModelResolver;
import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What can be looked at: whether the program is up and ready, the models, the fleet. Answers from
/// the latest snapshot and never waits for a node.
public final class ReadOnlyPages {
    private final Supplier<FleetSnapshot> fleet;
    private final ModelList models;
    private final ModelResolver resolver;
    private final BooleanSupplier stopping;

    /// Shows the fleet's snapshots; `stopping` tells whether the program goes down.
    public ReadOnlyPages(
            Supplier<FleetSnapshot> fleet,
            ModelList models,
            ModelResolver resolver,
            BooleanSupplier stopping) {
        this.fleet = fleet;
        this.models = models;
        this.resolver = resolver;
        this.stopping = stopping;
    }

    /// `/`: what this is.
    void welcome(RequestScope scope) {
        scope.response().header(HeaderValues.CONTENT_TYPE_TEXT_PLAIN);
        scope.send(
                "cortex: OpenAI- and Anthropic-compatible API. GET /v1/models lists the models.\n");
    }

    /// `/health`: the process is up.
    void health(RequestScope scope) {
        json(scope, 200, Map.of("status", "ok"));
    }

    /// `/ready`: a neuron answers, or restarts and is back in a moment, so that requests can be
    /// served. Operators are told what stands in the way, with names and addresses; others only
    /// whether it is ready.
    void ready(RequestScope scope, boolean operator) {
        List<String> problems = new ArrayList<>();
        boolean answers = false;
        boolean answered = false;
        for (NodeView node : fleet.get().nodes()) {
            answers |= node.contact().counts();
            answered |= node.contact().answered();
            if (node.contact().problem() != null) {
                problems.add(node.name() + ": " + node.contact().problem());
            }
            String trouble = node.driverTrouble();
            if (trouble != null) {
                problems.add(node.name() + ": its devices cannot be read: " + trouble);
            }
        }
        boolean ready = answers && !stopping.getAsBoolean();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("status", ready ? "ready" : "not ready");
        if (operator && ready) {
            told.put("problems", problems);
        } else if (operator) {
            told.put(
                    "reason",
                    stopping.getAsBoolean() ? "shutting down" : reason(problems, answered));
        }
        json(scope, ready ? 200 : 503, told);
    }

    private static String reason(List<String> problems, boolean answered) {
        String none = answered ? "no neuron answers" : "no neuron has answered yet";
        return problems.isEmpty()
                ? "no neuron is configured"
                : none + " (" + String.join("; ", problems) + ")";
    }

    /// `/v1/models`, a page of it or all.
    void models(RequestScope scope) {
        UriQuery query = scope.request().query();
        Paging paging =
                Paging.of(
                        query.first("limit").orElse(null),
                        query.first("after_id").orElse(null),
                        query.first("before_id").orElse(null));
        json(scope, 200, models.page(paging, fleet.get()));
    }

    /// `/v1/models/{id}`, for ids and aliases.
    void model(RequestScope scope, String name) {
        json(scope, 200, models.one(name, resolver.resolve(name), fleet.get()));
    }

    /// OPTIONS on any path: the methods there are. What a browser asks before a request is answered
    /// by the headers that {@link Cors} put on.
    void options(RequestScope scope) {
        scope.response().header(HeaderNames.ALLOW, "GET, HEAD, POST, OPTIONS").status(204).send();
    }

    private static void json(RequestScope scope, int status, Object body) {
        scope.response().status(status);
        if (status == 503) {
            scope.response().header(HeaderNames.RETRY_AFTER, "5");
        }
        scope.sendJson(body);
    }
}
