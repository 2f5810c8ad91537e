package cortex.gateway.deadly;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a client stands with one model's engines. Belongs to {@link Deadly} and is read and written
/// under its lock only.
final class Standing {
    /// So many answers since its last death, and it is no suspect among others.
    private static final int PROVEN = 3;

    /// Who was there at many deaths needs many answers.
    private static final int MANY = 3;

    private static final int ANSWERS_A_DEATH = 10;

    private static final long LATELY = Duration.ofSeconds(30).toNanos();

    private int answersSince;
    private int answers;
    private int deaths;
    private int strikes;
    private long heldUntil;
    private @Nullable Death heldBy;
    private boolean everywhere;

    void answered() {
        answersSince++;
        answers++;
    }

    /// It was there at a death; what it had answered since the one before.
    int died() {
        int before = answersSince;
        answersSince = 0;
        deaths++;
        return before;
    }

    /// Whether one with so many answers before a death is no suspect.
    boolean proven(int before) {
        return before >= PROVEN && (deaths < MANY || answers >= ANSWERS_A_DEATH * deaths);
    }

    /// Whether it has had so few answers that nothing speaks for it yet.
    boolean isNew() {
        return answers < PROVEN;
    }

    /// How many deaths it was there at.
    int deaths() {
        return deaths;
    }

    /// How many answers it has had.
    int answers() {
        return answers;
    }

    /// Whether it has had answers, so that it does not only come to end engines.
    boolean hasAnswers() {
        return answers > 0;
    }

    int strikes() {
        return strikes;
    }

    /// It is held off because of a death; everywhere, once deaths at two nodes are its fault.
    void strike(Death death, long until) {
        Death before = heldBy;
        everywhere |= before != null && !before.refuted() && !before.sameNode(death);
        strikes++;
        heldUntil = until;
        heldBy = death;
    }

    /// A death for which it is held off has turned out to be none.
    void pardon(Death death) {
        if (heldBy == death) {
            heldBy = null;
            strikes = Math.max(0, strikes - 1);
        }
    }

    /// The death for which it was held off last; null when it never was.
    @Nullable Death heldBy() {
        return heldBy;
    }

    /// Whether deaths at two nodes were its fault.
    boolean everywhere() {
        return everywhere;
    }

    /// Whether it is held off, or was a short time ago.
    boolean heldBefore(long now) {
        return heldBy != null && heldUntil + LATELY - now > 0;
    }

    boolean held(long now) {
        return heldBy != null && heldUntil - now > 0;
    }

    Duration holdLeft(long now) {
        return Duration.ofNanos(heldUntil - now);
    }
}
