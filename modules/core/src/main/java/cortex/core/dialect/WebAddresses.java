package cortex.core.dialect;

import java.util.LinkedHashSet;
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

    /// Those in a body that has been scanned, each once, in their order.
    public static Set<String> in(byte[] body) {
        Set<String> found = new LinkedHashSet<>();
        try (JsonParser json =
                RequestLimits.USUAL.factory().createParser(ObjectReadContext.empty(), body)) {
            for (JsonToken token; (token = json.nextToken()) != null; ) {
                if (token == JsonToken.PROPERTY_NAME && NAMES.contains(json.currentName())) {
                    if (json.nextToken() == JsonToken.VALUE_STRING && isWeb(json.getString())) {
                        found.add(json.getString());
                    }
                }
            }
        } catch (JacksonException e) {
            return found;
        }
        return found;
    }

    private static boolean isWeb(String url) {
        return url.length() <= LONGEST
                && (url.regionMatches(true, 0, "http://", 0, 7)
                        || url.regionMatches(true, 0, "https://", 0, 8));
    }
}
