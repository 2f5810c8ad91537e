package cortex.gateway.config;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How many images of one request are fetched from the web, and what all of them together may take.
public record ImagesConfig(int maxCount, int maxBytes, Duration timeout) {
    /// The defaults.
    public static final ImagesConfig USUAL = new ImagesConfig(16, 16 << 20, Duration.ofSeconds(10));

    /// Reads the `[images]` table of cortex.toml.
    static ImagesConfig read(Section root) {
        Section images =
                root.table(
                        "images",
                        "Images that a request gives by web address, which the gateway fetches for"
                                + " models with `image_urls = true`: from public addresses only,"
                                + " without following redirects.");
        ImagesConfig usual = ImagesConfig.USUAL;
        return new ImagesConfig(
                images.read("max_count", ValueTypes.integer(1, 1_000_000), "Images per request.")
                        .or(usual.maxCount()),
                (int)
                        images.read(
                                        "max_bytes",
                                        ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(256)),
                                        "How large all of one request together may be; one that is"
                                                + " shown several times counts as often.")
                                .or(new ByteSize(usual.maxBytes()))
                                .bytes(),
                images.read(
                                "timeout",
                                ValueTypes.duration(Duration.ofMillis(1)),
                                "How long fetching all of one request may take.")
                        .or(usual.timeout()));
    }
}
