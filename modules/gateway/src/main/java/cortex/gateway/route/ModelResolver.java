package cortex.gateway.route;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Resolves ids and aliases against one catalogue. Names are compared exactly; what is merely
/// similar is only suggested.
public final class ModelResolver {
    private static final int SUGGESTIONS = 2;
    private static final int LONGEST_NAME = 200;

    private final Catalogue catalogue;

    /// Resolves against `catalogue`.
    public ModelResolver(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /// The model of an id or alias.
    ///
    /// @throws FailureException with a {@link Failure.UnknownModel} that names what comes nearest
    public ModelProfile resolve(String name) {
        ModelProfile profile = catalogue.find(name);
        if (profile == null) {
            String shown =
                    name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "…";
            throw new FailureException(new Failure.UnknownModel(shown, nearest(shown)));
        }
        return profile;
    }

    private List<String> nearest(String name) {
        record Candidate(String name, int distance) {}
        String wanted = name.toLowerCase(Locale.ROOT);
        return catalogue.names().stream()
                .map(known ->
                        new Candidate(known, distance(wanted, known.toLowerCase(Locale.ROOT))))
                .filter(c -> c.distance() <= Math.max(2, c.name().length() / 3))
                .sorted(Comparator.comparingInt(Candidate::distance))
                .limit(SUGGESTIONS)
                .map(Candidate::name)
                .toList();
    }

    /// Levenshtein's distance; 0 or 1 when one is the last part of the other's path, as `tiny` and
    /// `org/tiny`.
    private static int distance(String a, String b) {
        if (a.endsWith("/" + b) || b.endsWith("/" + a)) {
            return 1;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
