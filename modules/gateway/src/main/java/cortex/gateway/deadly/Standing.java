package cortex.gateway.deadly;

import java.time.Duration;

/// How a client stands with one model's engines. Belongs to {@link Deadly} and is read and written
/// under its lock only.
final class Standing {
    /// So many answers since its last death, and it is no suspect among others.
    private static final int PROVEN = 3;

    /// Who was there at many deaths needs many answers.
    private static final int MANY = 3;

    private static final int ANSWERS_A_DEATH = 10;

    private int answersSince;
    private int answers;
    private int deaths;
    private int strikes;
    private long heldUntil;

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

    int strikes() {
        return strikes;
    }

    void strike(long until) {
        strikes++;
        heldUntil = until;
    }

    boolean held(long now) {
        return strikes > 0 && heldUntil - now > 0;
    }

    Duration holdLeft(long now) {
        return Duration.ofNanos(heldUntil - now);
    }
}
