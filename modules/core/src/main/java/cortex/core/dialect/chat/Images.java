package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Image;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Decides which images reach the engine, and in what form.
public final class Images {
    /// What llama-server's decoder reads (stb_image).
    private static final List<String> LLAMA = List.of("jpeg", "png", "gif", "bmp", "tga");

    /// Formats that go by several names.
    private static final Map<String, String> NAMES = Map.of("jpg", "jpeg", "x-tga", "tga");

    private final EngineKind kind;
    private final Quirks quirks;
    private final ImageTranscoder transcoder;

    /// For one model on one engine kind.
    public Images(EngineKind kind, Quirks quirks, ImageTranscoder transcoder) {
        this.kind = kind;
        this.quirks = quirks;
        this.transcoder = transcoder;
    }

    /// What becomes of an image.
    public sealed interface Sight {}

    /// The engine is shown it.
    public record Shown(Image image) implements Sight {}

    /// It cannot be shown; `reason` goes on after "image omitted: ".
    public record Omitted(String reason) implements Sight {}

    /// An image that came as base64.
    public Sight base64(String mediaType, String data) {
        if (!quirks.vision()) {
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
        List<String> formats = quirks.images();
        if (formats.isEmpty()) {
            if (kind != EngineKind.LLAMA_SERVER) {
                return true;
            }
            formats = LLAMA;
        }
        String format = type.startsWith("image/") ? type.substring(6) : type;
        return formats.stream().anyMatch(named -> plain(named).equals(plain(format)));
    }

    private static String plain(String format) {
        return NAMES.getOrDefault(format, format);
    }

    /// An image by its address. Only web addresses are handed on: engines may also read files.
    public Sight url(String url) {
        if (!quirks.vision()) {
            return blind();
        }
        String start = url.substring(0, Math.min(url.length(), 8)).toLowerCase(Locale.ROOT);
        boolean web = start.startsWith("http://") || start.startsWith("https://");
        if (!quirks.imageUrls() || !web) {
            return new Omitted("its address is not fetched here, send its bytes as base64");
        }
        return new Shown(new Image(url));
    }

    private Sight transcoded(String type, String data) {
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
