package cortex.cli.verify;

import java.util.Locale;

/// What one check found; `dialect` is `-` where it belongs to none.
public record Finding(String check, String dialect, Verdict verdict, String detail) {
    private static final int LONGEST = 240;

    /// How a check ended.
    public enum Verdict {
        /// It holds.
        PASS,
        /// It does not.
        FAIL,
        /// It does not apply here.
        SKIP,
        /// The model did not do what would have shown it; no fault of the gateway or the engine.
        NOT_SHOWN;

        /// As it is printed.
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    public Finding {
        detail = detail.replaceAll("\\s+", " ").strip();
        detail = detail.length() > LONGEST ? detail.substring(0, LONGEST) + "…" : detail;
    }
}
