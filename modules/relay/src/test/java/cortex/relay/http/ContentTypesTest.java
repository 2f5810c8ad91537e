package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "text/event-stream",
                "text/event-stream; charset=utf-8",
                "text/plain; version=0.0.4",
                "audio/mpeg",
                "audio/L16; rate=24000",
                "image/png"
            })
    void whatTheApisKnowStays(String type) {
        assertThat(ContentTypes.of(List.of(type))).isEqualToIgnoringCase(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "TEXT/HTML; charset=utf-8",
                "application/xhtml+xml",
                "image/svg+xml",
                "text/xml",
                "application/javascript",
                "text/javascript",
                "text/css",
                "application/pdf",
                "multipart/x-mixed-replace; boundary=x",
                "application/json, text/html",
                "audio/x\"y",
                "nonsense",
                ""
            })
    void whatABrowserMightRunIsBytes(String type) {
        assertThat(ContentTypes.of(List.of(type))).isEqualTo("application/octet-stream");
    }

    @Test
    void twoTypesAreNoType() {
        assertThat(ContentTypes.of(List.of("application/json", "text/html")))
                .isEqualTo("application/octet-stream");
    }

    @Test
    void withoutATypeItIsJson() {
        assertThat(ContentTypes.of(List.of())).isEqualTo("application/json");
    }

    @Test
    void oddParametersAreDropped() {
        assertThat(ContentTypes.of(List.of("application/json; charset=utf-8; x=\"<script>\"")))
                .isEqualTo("application/json; charset=utf-8");
    }
}
