package cortex.gateway.admin;

import static java.util.Objects.requireNonNull;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.admission.Admission;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.machine.Effect.Change;
import cortex.gateway.fleet.machine.Effect.Outcome;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.http.Admin;
import cortex.gateway.http.AdminCall;
import cortex.gateway.http.RequestScope;
import cortex.gateway.http.Route;
import cortex.gateway.timeline.RecentRequests;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Everything below `/admin/`. Safe for use by many threads.
public final class AdminApi implements Admin {
    private static final System.Logger LOG = System.getLogger(AdminApi.class.getName());
    private static final int NOT_FOUND = 404;

    private static final Map<AdminCall, Function<Asked, Wish>> WISHES =
            new EnumMap<>(
                    Map.of(
                            AdminCall.LOAD,
                            asked -> new Wish.Load(asked.model(), asked.nodeIfAny()),
                            AdminCall.UNLOAD,
                            asked ->
                                    new Wish.Unload(
                                            asked.model().id(), asked.nodeIfAny(), asked.force()),
                            AdminCall.PIN,
                            asked -> new Wish.Pin(asked.model().id(), asked.node()),
                            AdminCall.UNPIN,
                            asked -> new Wish.Unpin(asked.model().id(), asked.node()),
                            AdminCall.DRAIN,
                            asked -> new Wish.Drain(asked.onlyNode(), asked.force()),
                            AdminCall.UNDRAIN,
                            asked -> new Wish.Undrain(asked.onlyNode())));

    /// What may be done though a pin is against it.
    private static final Set<AdminCall> FORCEFUL = Set.of(AdminCall.UNLOAD, AdminCall.DRAIN);

    private final Names names;
    private final Views views;
    private final Operator operator;

    /// What can be looked at.
    public record Views(
            Supplier<FleetSnapshot> fleet, Admission admission, RecentRequests recent) {}

    /// What the fleet does for an operator: `operate` begins what is wanted and tells what that
    /// changes, `plan` tells what would be done for a request now.
    public record Operator(Function<Wish, Outcome> operate, Function<ModelProfile, Plan> plan) {}

    /// Shows the views and hands wishes to the operator's fleet.
    public AdminApi(Names names, Views views, Operator operator) {
        this.names = names;
        this.views = views;
        this.operator = operator;
    }

    @Override
    public void serve(RequestScope scope, Route.Admin route) {
        switch (route.call()) {
            case FLEET -> scope.sendJson(fleet());
            case PLAN -> {
                ModelProfile model = Asked.read(scope, names, false).onlyModel();
                scope.sendJson(told(operator.plan().apply(model)));
            }
            case REQUESTS -> requests(scope, route.argument());
            case LOAD, UNLOAD, PIN, UNPIN, DRAIN, UNDRAIN -> {
                Asked asked = Asked.read(scope, names, FORCEFUL.contains(route.call()));
                operate(scope, requireNonNull(WISHES.get(route.call())).apply(asked));
            }
        }
    }

    private void operate(RequestScope scope, Wish wish) {
        Outcome outcome = operator.operate().apply(wish);
        Failure refused = outcome.refused();
        LOG.log(
                System.Logger.Level.INFO,
                "{0} by {1}: {2}",
                wish.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                scope.client(),
                refused == null ? words(outcome.changes()) : refused.told());
        if (refused != null) {
            throw new FailureException(refused);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("changed", !outcome.changes().isEmpty());
        body.put("changes", outcome.changes());
        scope.sendJson(body);
    }

    private static String words(List<Change> changes) {
        return changes.isEmpty()
                ? "nothing to change"
                : String.join(" ", changes.stream().map(AdminApi::words).toList());
    }

    private static String words(Change change) {
        String model = change.model() == null ? "" : change.model() + " on ";
        return model + change.node() + ": " + change.text();
    }

    private static Map<String, @Nullable Object> told(Plan plan) {
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("model", plan.model());
        told.put("text", plan.text());
        told.put("chosen", plan.chosen());
        told.put("replicas", plan.replicas());
        told.put("waiting", plan.waiting());
        told.put("load", plan.load());
        return told;
    }

    /// The snapshot, and for each model with requests under way how many there are and how many of
    /// them wait, for a place or for a replica.
    private Map<String, Object> fleet() {
        FleetSnapshot fleet = views.fleet().get();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("nodes", fleet.nodes());
        all.put("replicas", fleet.replicas());
        all.put("queues", fleet.queues());
        all.put("footprints", fleet.footprints());
        all.put("under_way", views.admission().busyModels());
        return all;
    }

    private void requests(RequestScope scope, String id) {
        if (id.isEmpty()) {
            scope.sendJson(Map.of("requests", views.recent().newestFirst()));
            return;
        }
        List<Map<String, @Nullable Object>> found = views.recent().find(id);
        if (found.isEmpty()) {
            throw new FailureException(
                    new Failure.Unsupported(
                            NOT_FOUND,
                            "No request with the id '"
                                    + id
                                    + "' is remembered; GET"
                                    + " /admin/requests lists those that are.",
                            "request_not_found"));
        }
        scope.sendJson(Map.of("requests", found));
    }
}
