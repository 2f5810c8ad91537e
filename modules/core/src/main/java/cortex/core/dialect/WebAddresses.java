package cortex.core.dialect;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// The web addresses in a request's body that may be an image's, in whatever dialect.
public final class WebAddresses {
    private static final Set<String> NAMES = Set.of("url", "image_url");
    private static final int LONGEST = 8192;

    private WebAddresses() {}

    /// Those in a body that has been scanned, in their order, and how often each stands in it.
    /// Works over all of it.
    public static Map<String, Integer> in(byte[] body) {
        Map<String, Integer> found = new LinkedHashMap<>();
        try (JsonParser json =
                RequestLimits.USUAL.factory().createParser(ObjectReadContext.empty(), body)) {
            for (JsonToken token; (token = json.nextToken()) != null; ) {
                if (token.isStructStart()) {
                    Interrupts.check();
                }
                if (token == JsonToken.PROPERTY_NAME
                        && NAMES.contains(json.currentName())
                        && json.nextToken() == JsonToken.VALUE_STRING
                        && mayBeWeb(body, json)
                        && json.getStringLength() <= LONGEST
                        && isWeb(json.getString())) {
                    found.merge(json.getString(), 1, Integer::sum);
                }
            }
        } catch (JacksonException e) {
            return found;
        }
        return found;
    }

    /// Whether the text begins as an address does. Images as data, which are long, do not, and
    /// nothing is made of them.
    private static boolean mayBeWeb(byte[] body, JsonParser json) {
        int first = (int) json.currentTokenLocation().getByteOffset() + 1;
        return body[first] == 'h' || body[first] == 'H' || body[first] == '\\';
    }

    private static boolean isWeb(String url) {
        return url.regionMatches(true, 0, "http://", 0, 7)
                || url.regionMatches(true, 0, "https://", 0, 8);
    }
}
