package cortex.relay.fleetkey;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an `authorization` header of the scheme says: when the request was signed (milliseconds of
/// the wall clock), a number that no other request has, the body's SHA-256 or {@link #STREAMED},
/// and the code over all of it and over what is asked.
record Signature(long time, String nonce, String body, String mac) {
    /// Stands for a body that is not signed, because it is sent on as it comes or not there.
    static final String STREAMED = "-";

    private static final String SCHEME = "Cortex-HMAC-SHA256";
    private static final Pattern FORM =
            Pattern.compile(
                    SCHEME
                            + " time=([0-9]{1,15}),nonce=([0-9a-f]{32}),body=(-|[0-9a-f]{64}),"
                            + "mac=([A-Za-z0-9_-]{43})");

    /// The signature in a header; null when it is none.
    static @Nullable Signature parse(String header) {
        Matcher form = FORM.matcher(header);
        return form.matches()
                ? new Signature(
                        Long.parseLong(form.group(1)), form.group(2), form.group(3), form.group(4))
                : null;
    }

    /// Whether a header means to be one.
    static boolean isMeant(String header) {
        return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /// The header.
    String header() {
        return SCHEME + " time=" + time + ",nonce=" + nonce + ",body=" + body + ",mac=" + mac;
    }

    /// What is signed. Nothing in it can hold a line break, so no two requests look alike.
    static String text(String method, String target, Signature unsigned) {
        return "cortex-request-1\n"
                + method
                + "\n"
                + target
                + "\n"
                + unsigned.time
                + "\n"
                + unsigned.nonce
                + "\n"
                + unsigned.body;
    }

    /// What an answer's proof is the code of.
    static String proof(String nonce, int status) {
        return "cortex-answer-1\n" + nonce + "\n" + status;
    }

    Signature with(String code) {
        return new Signature(time, nonce, body, code);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }
}
