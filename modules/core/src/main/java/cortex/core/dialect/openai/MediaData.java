package cortex.core.dialect.openai;

import java.util.Base64;

/// Images, sounds and films in base64, told by their first bytes.
final class MediaData {
    private static final String DATA = "data:";

    /// Characters that are enough to tell; a multiple of four.
    private static final int HEAD = 24;

    private MediaData() {}

    /// Whether a text is such, also as a `data:` URL.
    static boolean isData(String text) {
        return text.regionMatches(true, 0, DATA, 0, DATA.length()) || isKnown(text);
    }

    /// Whether a text is the base64 of a file of a known kind: neither an address nor a path is.
    static boolean isKnown(String base64) {
        if (base64.length() < HEAD) {
            return false;
        }
        byte[] head;
        try {
            head = Base64.getDecoder().decode(base64.substring(0, HEAD));
        } catch (IllegalArgumentException e) {
            return false;
        }
        return begins(head, 0, 0x89, 'P', 'N', 'G')
                || begins(head, 0, 0xff, 0xd8, 0xff)
                || begins(head, 0, 'G', 'I', 'F', '8')
                || begins(head, 0, 'B', 'M')
                || begins(head, 0, 'R', 'I', 'F', 'F')
                || begins(head, 0, 'I', 'D', '3')
                || (begins(head, 0, 0xff) && (head[1] & 0xe0) == 0xe0)
                || begins(head, 0, 'f', 'L', 'a', 'C')
                || begins(head, 0, 'O', 'g', 'g', 'S')
                || begins(head, 4, 'f', 't', 'y', 'p')
                || begins(head, 0, 0x1a, 0x45, 0xdf, 0xa3);
    }

    private static boolean begins(byte[] head, int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if ((head[at + i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
