package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/// Percent-encoded paths; pure.
final class Paths {
    private Paths() {}

    /// The text behind a percent-encoded piece of a path; unlike in forms, `+` is itself.
    ///
    /// @throws FailureException `BadRequest` when it is not well encoded UTF-8
    static String decode(String encoded) {
        byte[] raw = encoded.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream plain = new ByteArrayOutputStream(raw.length);
        try {
            for (int i = 0; i < raw.length; i++) {
                if (raw[i] == '%') {
                    plain.write(HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                    i += 2;
                } else {
                    plain.write(raw[i]);
                }
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(plain.toByteArray()))
                    .toString();
        } catch (IllegalArgumentException
                | IndexOutOfBoundsException
                | CharacterCodingException e) {
            throw new FailureException(
                    new Failure.BadRequest("The path is not well percent-encoded UTF-8.", null), e);
        }
    }

    /// Whether a path would climb when somebody resolved its dots, encoded or not.
    static boolean climbs(String path) {
        String plain = path.toLowerCase(Locale.ROOT).replace("%2e", ".").replace("%2f", "/");
        return (plain + "/").contains("/../") || (plain + "/").contains("/./");
    }
}
