package cortex.demo.picture;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;

/// A picture in the words of an engine that sees: its size, and the colour it has on the whole.
public final class Picture {
    /// What is said of a picture that is no `data:` URL, or in a form the JDK does not read.
    public static final String UNSEEN = "A picture that I cannot make out.";

    private static final Map<String, Integer> COLOURS =
            Map.of(
                    "black", 0x000000,
                    "grey", 0x808080,
                    "white", 0xffffff,
                    "red", 0xff0000,
                    "green", 0x00ff00,
                    "blue", 0x0000ff,
                    "yellow", 0xffff00,
                    "cyan", 0x00ffff,
                    "magenta", 0xff00ff);

    private Picture() {}

    /// What there is to say of the picture at a URL. Nothing is fetched.
    public static String described(String url) {
        int comma = url.indexOf(',');
        if (!url.startsWith("data:") || comma < 0) {
            return UNSEEN;
        }
        try {
            byte[] file = Base64.getDecoder().decode(url.substring(comma + 1));
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
            return image == null ? UNSEEN : described(image);
        } catch (IOException | IllegalArgumentException e) {
            return UNSEEN;
        }
    }

    private static String described(BufferedImage image) {
        return "A "
                + colour(image)
                + " picture of "
                + image.getWidth()
                + " × "
                + image.getHeight()
                + " pixels.";
    }

    /// The name nearest to the mean of all pixels.
    private static String colour(BufferedImage image) {
        long[] sum = new long[3];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int pixel = image.getRGB(x, y);
                for (int c = 0; c < 3; c++) {
                    sum[c] += part(pixel, c);
                }
            }
        }
        long count = (long) image.getWidth() * image.getHeight();
        String nearest = "";
        long best = Long.MAX_VALUE;
        for (Map.Entry<String, Integer> named : COLOURS.entrySet()) {
            long distance = 0;
            for (int c = 0; c < 3; c++) {
                long apart = sum[c] / count - part(named.getValue(), c);
                distance += apart * apart;
            }
            if (distance < best) {
                best = distance;
                nearest = named.getKey();
            }
        }
        return nearest;
    }

    /// Red, green or blue.
    private static int part(int pixel, int c) {
        return pixel >> (16 - 8 * c) & 0xff;
    }
}
