package cortex.gateway.http.models;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.FleetSnapshot;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The catalogue as `/v1/models` shows it: one body that the OpenAI and the Anthropic SDKs both
/// read, with what the fleet knows of each model beside it. All models are listed, also those that
/// nobody can serve now: their status says so. An alias is an entry of its own, after its model's:
/// some clients show only names of a certain form, and aliases are how they get one.
public final class ModelList {
    private final Catalogue catalogue;
    private final Predicate<String> never;
    private final Instant since;

    /// Lists `catalogue`; no node can ever hold what is `never`; `since` is when it was read.
    public ModelList(Catalogue catalogue, Predicate<String> never, Instant since) {
        this.catalogue = catalogue;
        this.never = never;
        this.since = since.truncatedTo(ChronoUnit.SECONDS);
    }

    /// The part of the list that a page asks for.
    ///
    /// @throws cortex.core.failure.FailureException when the page begins at a name that is not
    ///   listed
    public Map<String, @Nullable Object> page(Paging paging, FleetSnapshot fleet) {
        List<String> names =
                catalogue.profiles().stream()
                        .flatMap(p -> Stream.concat(Stream.of(p.id()), p.aliases().stream()))
                        .toList();
        Paging.Page page = paging.of(names);
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("object", "list");
        body.put("data", page.names().stream().map(name -> named(name, fleet)).toList());
        body.put("has_more", page.more());
        body.put("first_id", page.names().isEmpty() ? null : page.names().getFirst());
        body.put("last_id", page.names().isEmpty() ? null : page.names().getLast());
        return body;
    }

    private Map<String, @Nullable Object> named(String name, FleetSnapshot fleet) {
        ModelProfile profile = catalogue.find(name);
        if (profile == null) {
            throw new IllegalStateException("listed and not in the catalogue: " + name);
        }
        return one(name, profile, fleet);
    }

    /// The entry of one name of a model.
    public Map<String, @Nullable Object> one(
            String name, ModelProfile profile, FleetSnapshot fleet) {
        return new ModelEntry(profile, fleet, never.test(profile.id())).as(name, since);
    }
}
