package cortex.neuron.harness.policy;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which repositories models may be downloaded from: patterns such as `hf:org/*`, or `!hf:org/*`
/// for those that may not. The last pattern that matches decides; without any match it may not.
/// Immutable.
public record Sources(List<String> patterns) {
    private static final Pattern REPOSITORY =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String PREFIX = "hf:";

    /// What a pattern must look like.
    private static final Pattern WRITTEN = Pattern.compile("!?hf:[A-Za-z0-9._:/*?-]{1,255}");

    public Sources {
        patterns = List.copyOf(patterns);
    }

    /// Whether this is a pattern.
    public static boolean isPattern(String text) {
        return WRITTEN.matcher(text).matches();
    }

    /// Whether anything may be downloaded at all.
    public boolean any() {
        return patterns.stream().anyMatch(pattern -> !pattern.startsWith("!"));
    }

    /// Checks the repository that `what` of a load names, `[hf:]owner/name[:tag]`.
    ///
    /// @throws cortex.core.failure.FailureException when it is none, or not allowed
    void check(String what, String written) {
        String source = written.startsWith(PREFIX) ? written.substring(PREFIX.length()) : written;
        int colon = source.indexOf(':');
        String repository = colon < 0 ? source : source.substring(0, colon);
        boolean shaped =
                REPOSITORY.matcher(repository).matches()
                        && !repository.contains("..")
                        && (colon < 0 || TAG.matcher(source.substring(colon + 1)).matches());
        if (!shaped) {
            throw NotAllowed.because(
                    what
                            + " = '"
                            + NotAllowed.shown(written)
                            + "' is refused: it is no repository such as"
                            + " hf:owner/name or hf:owner/name:Q4_K_M.");
        }
        String decides = deciding(source, repository);
        if (decides == null || decides.startsWith("!")) {
            String own = "\"hf:" + repository + "\"";
            throw NotAllowed.because(
                    what
                            + " = '"
                            + NotAllowed.shown(written)
                            + "' is refused: the sources of this node do not allow it. "
                            + (decides == null
                                    ? "Add " + own + " to"
                                    : "Put "
                                            + own
                                            + " behind \""
                                            + decides
                                            + "\", which denies"
                                            + " it (the last that matches decides), in")
                            + " sources in [neuron] of its neuron.toml.");
        }
    }

    /// The last pattern that matches, null when none does. The names of repositories are the same
    /// in any case.
    private @Nullable String deciding(String source, String repository) {
        String last = null;
        for (String pattern : patterns) {
            boolean denies = pattern.startsWith("!");
            Pattern glob = glob(denies ? pattern.substring(1) : pattern);
            if (glob.matcher(PREFIX + source).matches()
                    || glob.matcher(PREFIX + repository).matches()) {
                last = pattern;
            }
        }
        return last;
    }

    private static Pattern glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (char c : pattern.toLowerCase(Locale.ROOT).toCharArray()) {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE);
    }
}
