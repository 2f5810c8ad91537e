package cortex.gateway.admin;

import static java.util.Objects.requireNonNull;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.admission.AdmissionControl;
import cortex.gateway.fleet.FleetPort;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Everything below `/admin/`. Safe for use by many threads.
public final class AdminApi implements Admin {
    private static final System.Logger LOG = System.getLogger(AdminApi.class.getName());
    private static final int NOT_FOUND = 404;

    private static final Map<AdminCall, Function<AdminRequest, Wish>> WISHES =
            new EnumMap<>(
                    Map.of(
                            AdminCall.LOAD,
                            request -> new Wish.Load(request.model(), request.nodeIfAny()),
                            AdminCall.PIN,
                            request -> new Wish.Pin(request.model().id(), request.node()),
                            AdminCall.UNPIN,
                            request -> new Wish.Unpin(request.model().id(), request.node()),
                            AdminCall.DRAIN,
                            request -> new Wish.Drain(request.onlyNode(), request.force()),
                            AdminCall.UNDRAIN,
                            request -> new Wish.Undrain(request.onlyNode())));

    /// What may be done though a pin is against it.
    private static final Set<AdminCall> FORCEFUL = Set.of(AdminCall.DRAIN);

    private final Names names;
    private final FleetPort fleet;
    private final AdmissionControl admission;
    private final RecentRequests recent;

    /// Shows the fleet, the requests under way and those of late, and hands wishes to the fleet.
    public AdminApi(
            Names names, FleetPort fleet, AdmissionControl admission, RecentRequests recent) {
        this.names = names;
        this.fleet = fleet;
        this.admission = admission;
        this.recent = recent;
    }

    @Override
    public void serve(RequestScope scope, Route.Admin route) {
        switch (route.call()) {
            case FLEET -> scope.sendJson(fleet());
            case PLAN -> {
                ModelProfile model = AdminRequest.read(scope, names, false).onlyModel();
                scope.sendJson(told(fleet.plan(model)));
            }
            case LOGS -> log(scope, AdminRequest.read(scope, names, false));
            case REQUESTS -> requests(scope, route.argument());
            case UNLOAD -> operate(scope, unload(AdminRequest.read(scope, names, true)));
            case LOAD, PIN, UNPIN, DRAIN, UNDRAIN -> {
                AdminRequest request =
                        AdminRequest.read(scope, names, FORCEFUL.contains(route.call()));
                operate(scope, requireNonNull(WISHES.get(route.call())).apply(request));
            }
        }
    }

    private void log(RequestScope scope, AdminRequest request) {
        String model = request.modelOr(there());
        String node = request.node();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("node", node);
        body.put("text", fleet.log(model, node));
        scope.sendJson(body);
    }

    /// A model that a node holds may be unloaded whether the catalogue has it or not.
    private Wish unload(AdminRequest request) {
        return new Wish.Unload(request.modelOr(there()), request.nodeIfAny(), request.force());
    }

    private Set<String> there() {
        return fleet.snapshot().replicas().stream()
                .map(FleetSnapshot.ReplicaView::model)
                .collect(Collectors.toSet());
    }

    private void operate(RequestScope scope, Wish wish) {
        Outcome outcome = fleet.operate(wish);
        Failure refused = outcome.refused();
        LOG.log(
                System.Logger.Level.INFO,
                "{0} by {1}: {2}",
                wish.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                scope.client(),
                refused == null ? words(outcome.changes()) : "refused: " + refused.told());
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
                ? "nothing to do, already so"
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
        told.put("failed_loads", plan.failedLoads());
        return told;
    }

    /// The snapshot, and for each model with requests under way how many there are and how many of
    /// them wait, for a place or for a replica.
    private Map<String, Object> fleet() {
        FleetSnapshot now = fleet.snapshot();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("nodes", now.nodes());
        all.put("replicas", now.replicas());
        all.put("queues", now.queues());
        all.put("footprints", now.footprints());
        all.put("under_way", admission.busyModels());
        return all;
    }

    private void requests(RequestScope scope, String id) {
        if (id.isEmpty()) {
            scope.sendJson(Map.of("requests", recent.newestFirst()));
            return;
        }
        List<Map<String, @Nullable Object>> found = recent.find(id);
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
