package cortex.demo.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureTest {
    private static String url(Color colour, String format) throws IOException {
        BufferedImage image = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 200; i++) {
            image.setRGB(i % 20, i / 20, colour.getRGB());
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, file)).isTrue();
        String data = Base64.getEncoder().encodeToString(file.toByteArray());
        return "data:image/" + format + ";base64," + data;
    }

    @Test
    void tellsSizeAndColour() throws Exception {
        assertThat(Picture.described(url(Color.RED, "png")))
                .isEqualTo("A red picture of 20 × 10 pixels.");
        assertThat(Picture.described(url(new Color(20, 30, 240), "jpeg"))).contains("blue");
        assertThat(Picture.described(url(Color.GRAY, "gif"))).contains("grey");
    }

    @Test
    void whatIsNoPictureIsNotMadeUp() {
        assertThat(Picture.described("https://example.org/cat.png")).isEqualTo(Picture.UNSEEN);
        assertThat(Picture.described("data:image/png;base64,AAAA")).isEqualTo(Picture.UNSEEN);
        assertThat(Picture.described("data:image/png;base64,%%")).isEqualTo(Picture.UNSEEN);
    }
}
