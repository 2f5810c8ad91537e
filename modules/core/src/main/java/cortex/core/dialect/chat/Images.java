package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Image;
import cortex.core.engine.EngineApi;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Decides which images of one request reach the engine, and in what form. For one thread.
public final class Images {
    /// Formats that go by several names.
    private static final Map<String, String> NAMES = Map.of("jpg", "jpeg", "x-tga", "tga");

    private static final String DATA = "data:";
    private static final String BASE64 = ";base64";

    private final EngineApi api;
    private final Quirks quirks;
    private final ImageTranscoder transcoder;
    private final Map<String, String> fetched;
    private final Map<String, Outcome> seen = new HashMap<>();
    private long fetchedLength;

    /// For one model on an engine of one form; `fetched` are images by their web address, as
    /// `data:` URLs, or why there is none.
    public Images(
            EngineApi api, Quirks quirks, ImageTranscoder transcoder, Map<String, String> fetched) {
        this.api = api;
        this.quirks = quirks;
        this.transcoder = transcoder;
        this.fetched = fetched;
    }

    /// What becomes of an image.
    public sealed interface Outcome {}

    /// The engine is shown it.
    public record Shown(Image image) implements Outcome {}

    /// It cannot be shown; `reason` goes on after "image omitted: ".
    public record Omitted(String reason) implements Outcome {}

    /// An image that came as base64.
    public Outcome base64(String mediaType, String data) {
        if (!quirks.images().seen()) {
            return blind();
        }
        String type = mediaType.toLowerCase(Locale.ROOT);
        if (type.isEmpty()) {
            return new Omitted("its media type is missing");
        }
        if (reads(type)) {
            return new Shown(new Image("data:" + type + ";base64," + data));
        }
        return transcoded(type, data);
    }

    private boolean reads(String type) {
        List<String> formats = quirks.images().formats();
        if (formats.isEmpty()) {
            formats = api.imageFormats();
        }
        if (formats.isEmpty()) {
            return true;
        }
        String format = type.startsWith("image/") ? type.substring(6) : type;
        return formats.stream().anyMatch(named -> plain(named).equals(plain(format)));
    }

    private static String plain(String format) {
        return NAMES.getOrDefault(format, format);
    }

    /// An image by its address, which may be a `data:` URL. No engine is handed any other: they
    /// fetch whatever they are told to from within the network, and some read files.
    public Outcome of(String url) {
        int comma = url.indexOf(',');
        boolean data = url.regionMatches(true, 0, DATA, 0, DATA.length()) && comma > 0;
        if (data && url.regionMatches(true, comma - BASE64.length(), BASE64, 0, BASE64.length())) {
            String type = url.substring(DATA.length(), comma - BASE64.length());
            return base64(type, url.substring(comma + 1));
        }
        if (!quirks.images().seen()) {
            return blind();
        }
        String known = quirks.images().byUrl() ? fetched.get(url) : null;
        if (known == null) {
            return new Omitted("its address is not fetched here, send its bytes as base64");
        }
        Outcome outcome = seen.get(url);
        if (outcome == null) {
            outcome =
                    known.startsWith(DATA)
                            ? of(known)
                            : new Omitted("it could not be fetched: " + known);
            seen.put(url, outcome);
        }
        if (outcome instanceof Shown(Image image)) {
            fetchedLength += image.url().length();
        }
        return outcome;
    }

    /// The length of all images so far that were fetched, each as often as it was asked for:
    /// whoever fetched them has counted them as often.
    public long fetchedLength() {
        return fetchedLength;
    }

    private Outcome transcoded(String type, String data) {
        byte[] png = null;
        try {
            png = transcoder.toPng(type, Base64.getDecoder().decode(data));
        } catch (IllegalArgumentException e) {
            return new Omitted("its data is not base64");
        }
        return png == null
                ? new Omitted("this model's engine does not read " + type + ", send it as PNG")
                : new Shown(
                        new Image(
                                "data:image/png;base64,"
                                        + Base64.getEncoder().encodeToString(png)));
    }

    private static Omitted blind() {
        return new Omitted("model has no vision");
    }
}
