package cortex.neuron.harness.policy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;

/// Words a load that this host does not carry out. Trying again is no use: the profile, or this
/// host's neuron.toml, has to be changed.
final class NotAllowed {
    /// The code that tells programs that a load was refused for what it asks.
    static final String CODE = "load_not_allowed";

    private static final int UNPROCESSABLE = 422;
    private static final int LONGEST = 200;

    private NotAllowed() {}

    /// A refusal: `sentence` says what is refused and what to change.
    static FailureException because(String sentence) {
        return new FailureException(new Failure.Unsupported(UNPROCESSABLE, sentence, CODE));
    }

    /// A field that has not the shape it must have.
    static FailureException malformed(String field, String expected) {
        return new FailureException(
                new Failure.BadRequest("'" + field + "' must be " + expected + ".", field));
    }

    /// What a caller sent, fit for a sentence: short, and without signs that do something.
    static String shown(String text) {
        String clean = text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + "…";
    }
}
