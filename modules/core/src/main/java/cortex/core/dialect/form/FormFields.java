package cortex.core.dialect.form;

import cortex.core.dialect.JsonText;
import java.util.Set;

/// The fields that forms may have: those of OpenAI's API for recordings, in the spellings of its
/// libraries.
final class FormFields {
    /// Names the model.
    static final String MODEL = "model";

    /// The one field whose value is a file.
    static final String FILE = "file";

    /// How much of a stranger's name is told.
    private static final int LONGEST = 64;

    private static final Set<String> OPENAI =
            Set.of(
                    FILE,
                    MODEL,
                    "language",
                    "prompt",
                    "response_format",
                    "temperature",
                    "stream",
                    "timestamp_granularities",
                    "timestamp_granularities[]",
                    "include",
                    "include[]",
                    "chunking_strategy",
                    "chunking_strategy[type]",
                    "chunking_strategy[threshold]",
                    "chunking_strategy[prefix_padding_ms]",
                    "chunking_strategy[silence_duration_ms]");

    private FormFields() {}

    /// Whether OpenAI's API has a field of this name.
    static boolean isListed(String name) {
        return OPENAI.contains(name);
    }

    /// Refuses a field.
    static FormFault unlisted(String name) {
        String told = JsonText.shorten(name, LONGEST);
        return new FormFault(
                "The form's field '"
                        + told
                        + "' is not taken. Send 'file', 'model', 'language', 'prompt',"
                        + " 'response_format', 'temperature', 'timestamp_granularities[]',"
                        + " 'include[]', 'stream' and 'chunking_strategy' alone; allow_fields of"
                        + " the model's profile lets others pass.",
                told);
    }

    /// Refuses a file in the place of a field.
    static FormFault isFile(String name) {
        return new FormFault(
                "The form's field '"
                        + name
                        + "' has a filename. Send its value without one; only 'file' is a file.",
                name);
    }
}
