package cortex.core.dialect.chat;

import org.jspecify.annotations.Nullable;

/// Turns an image that an engine cannot read into a PNG. The JDK reads no WebP, so a program that
/// wants to serve such images to llama-server brings a transcoder of its own.
@FunctionalInterface
public interface ImageTranscoder {
    /// A transcoder that can do nothing.
    ImageTranscoder NONE = (_, _) -> null;

    /// The image as PNG, or null when it cannot be read.
    byte @Nullable [] toPng(String mediaType, byte[] image);
}
