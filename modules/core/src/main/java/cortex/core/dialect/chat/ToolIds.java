package cortex.core.dialect.chat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Ids made of letters and digits: for templates that take no others, and for calls and messages
/// whose engine gave none. The same text always gives the same id.
public final class ToolIds {
    private static final String ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// The length Mistral's templates ask for ("alphanumeric strings with length 9").
    private static final int STRICT_LENGTH = 9;

    private ToolIds() {}

    /// The id as an engine is given it: with `rewrite` one that a strict template takes.
    public static String forEngine(String id, boolean rewrite) {
        return rewrite && !isStrict(id) ? digest(id, STRICT_LENGTH) : id;
    }

    /// `length` letters and digits that stand for a text; at most 32.
    public static String digest(String text, int length) {
        byte[] hash = sha256(text);
        StringBuilder id = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            id.append(ALPHABET.charAt((hash[i] & 0xff) % ALPHABET.length()));
        }
        return id.toString();
    }

    private static boolean isStrict(String id) {
        return id.length() == STRICT_LENGTH
                && id.chars().allMatch(c -> c < 128 && ALPHABET.indexOf(c) >= 0);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
