package cortex.cli.verify;

import cortex.cli.verify.Finding.Verdict;
import java.io.Serial;

/// A check cannot go on; says how it ended and why.
final class Unfulfilled extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final Verdict verdict;

    Unfulfilled(Verdict verdict, String why) {
        super(why, null, false, false);
        this.verdict = verdict;
    }

    static Unfulfilled failed(String why) {
        return new Unfulfilled(Verdict.FAIL, why);
    }

    static Unfulfilled notShown(String why) {
        return new Unfulfilled(Verdict.NOT_SHOWN, why);
    }

    static Unfulfilled skipped(String why) {
        return new Unfulfilled(Verdict.SKIP, why);
    }

    Verdict verdict() {
        return verdict;
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
