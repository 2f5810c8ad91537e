package cortex.core.dialect.chat;

import cortex.core.dialect.chat.Turn.Image;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;

/// Decides which images reach the engine, and in what form.
public final class Images {
    /// What llama-server's decoder reads (stb_image).
    private static final Set<String> LLAMA =
            Set.of("image/jpeg", "image/jpg", "image/png", "image/gif", "image/bmp", "image/x-tga");

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
        if (kind != EngineKind.LLAMA_SERVER || LLAMA.contains(type)) {
            return new Shown(new Image("data:" + type + ";base64," + data));
        }
        return transcoded(type, data);
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
