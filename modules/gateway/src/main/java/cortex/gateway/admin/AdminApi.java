package cortex.gateway.admin;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.admission.Admission;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.machine.Effect.Change;
import cortex.gateway.fleet.machine.Effect.Outcome;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.rules.Plan;
import cortex.gateway.http.Admin;
import cortex.gateway.http.AdminAccess;
import cortex.gateway.http.RequestScope;
import cortex.gateway.timeline.RecentRequests;
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
    private static final String REQUESTS = "/admin/requests";
    private static final int NOT_FOUND = 404;
    private static final List<String> READING = List.of("GET", "HEAD");
    private static final List<String> POSTING = List.of("POST");

    private static final Map<String, Function<Asked, Wish>> WISHES =
            Map.of(
                    "/admin/load",
                    asked -> new Wish.Load(asked.model(), asked.nodeIfAny()),
                    "/admin/unload",
                    asked -> new Wish.Unload(asked.model().id(), asked.nodeIfAny(), asked.force()),
                    "/admin/pin",
                    asked -> new Wish.Pin(asked.model().id(), asked.node()),
                    "/admin/unpin",
                    asked -> new Wish.Unpin(asked.model().id(), asked.node()),
                    "/admin/drain",
                    asked -> new Wish.Drain(asked.onlyNode(), asked.force()),
                    "/admin/undrain",
                    asked -> new Wish.Undrain(asked.onlyNode()));

    /// What may be done though a pin is against it.
    private static final Set<String> FORCEFUL = Set.of("/admin/unload", "/admin/drain");

    private final AdminAccess access;
    private final Names names;
    private final Views views;
    private final Operator operator;

    /// What can be looked at.
    public record Views(
            Supplier<FleetSnapshot> fleet, Admission admission, RecentRequests recent) {}

    /// What the fleet does for an operator: `operate` begins what is wanted and tells what that
    /// changes, `plan` tells what would be done for a request now.
    public record Operator(Function<Wish, Outcome> operate, Function<ModelProfile, Plan> plan) {}

    /// Shows the views and hands wishes to the operator's fleet, each to whoever may.
    public AdminApi(AdminAccess access, Names names, Views views, Operator operator) {
        this.access = access;
        this.names = names;
        this.views = views;
        this.operator = operator;
    }

    @Override
    public void serve(RequestScope scope, String path) {
        Function<Asked, Wish> wish = WISHES.get(path);
        if (wish != null) {
            scope.allow(POSTING);
            String who = access.toChange(scope);
            operate(scope, who, wish.apply(Asked.read(scope, names, FORCEFUL.contains(path))));
        } else if (path.equals("/admin/plan")) {
            scope.allow(POSTING);
            access.toLook(scope);
            scope.sendJson(
                    told(operator.plan().apply(Asked.read(scope, names, false).onlyModel())));
        } else if (path.equals("/admin/fleet")) {
            scope.allow(READING);
            access.toLook(scope);
            scope.sendJson(fleet());
        } else if (path.equals(REQUESTS) || path.startsWith(REQUESTS + "/")) {
            scope.allow(READING);
            access.toChange(scope);
            requests(scope, path.substring(REQUESTS.length()));
        } else {
            throw new FailureException(new Failure.UnknownPath(scope.method(), scope.rawPath()));
        }
    }

    private void operate(RequestScope scope, String who, Wish wish) {
        Outcome outcome = operator.operate().apply(wish);
        Failure refused = outcome.refused();
        LOG.log(
                System.Logger.Level.INFO,
                "{0} by {1}: {2}",
                wish.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                who,
                refused == null ? words(outcome.changes()) : refused.message());
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

    private void requests(RequestScope scope, String rest) {
        if (rest.isEmpty()) {
            scope.sendJson(Map.of("requests", views.recent().newestFirst()));
            return;
        }
        Map<String, @Nullable Object> found = views.recent().find(rest.substring(1));
        if (found == null) {
            throw new FailureException(
                    new Failure.Unsupported(
                            NOT_FOUND,
                            "No request with the id '"
                                    + rest.substring(1)
                                    + "' is remembered; GET"
                                    + " /admin/requests lists those that are.",
                            "request_not_found"));
        }
        scope.sendJson(found);
    }
}
