package cortex.core.config.problem;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds what somebody probably meant to write.
public final class Spelling {
    private Spelling() {}

    /// The candidate nearest to `word`, or null when none is near enough to be worth a question: at
    /// most one edit in three letters, or else the only one that the word begins or that begins the
    /// word. Upper and lower case count as equal.
    public static @Nullable String nearest(String word, Collection<String> candidates) {
        int limit = Math.max(1, word.length() / 3);
        return candidates.stream()
                .filter(candidate -> distance(fold(word), fold(candidate)) <= limit)
                .min(
                        Comparator.comparingInt(
                                        (String candidate) -> distance(fold(word), fold(candidate)))
                                .thenComparing(Comparator.naturalOrder()))
                .orElseGet(() -> extended(word, candidates));
    }

    /// The only candidate that the word begins or that begins the word, or null.
    private static @Nullable String extended(String word, Collection<String> candidates) {
        List<String> near =
                candidates.stream()
                        .filter(candidate -> word.length() >= 3 && candidate.length() >= 3)
                        .filter(candidate ->
                                fold(candidate).startsWith(fold(word))
                                        || fold(word).startsWith(fold(candidate)))
                        .toList();
        return near.size() == 1 ? near.getFirst() : null;
    }

    private static String fold(String word) {
        return word.toLowerCase(Locale.ROOT);
    }

    /// Insertions, deletions, replacements and swaps of neighbours, each once (optimal string
    /// alignment).
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int step(int[][] cost, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = cost[i - 1][j - 1] + (same ? 0 : 1);
        best = Math.min(best, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped =
                i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
