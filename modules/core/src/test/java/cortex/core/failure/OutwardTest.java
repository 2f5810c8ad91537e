package cortex.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutwardTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "prompt is too long: 12 tokens > 8 maximum",
                "the schema's #/properties/a/b is not supported",
                "3/4 of it, and/or none; top_p must be <= 1.0",
                "the model does not do /v1/embeddings",
                "temperature must be between 0.0 and 2.0, at 12:30:45",
                "llama.cpp b1234 does not support this: \"n\" > 1",
                "[json.exception.parse_error.101] parse error at line 1, column 7",
                "messages[0].content and messages.1.content: image/png is not supported",
                "This server does not support embeddings. Start it with `--embeddings`",
                "Grüße, naïve 日本語 words – 50% of them.",
            })
    void plainSentencesAreTold(String said) {
        assertThat(Outward.isPlain(said)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cannot open /srv/models/a b.gguf",
                "open:/srv/models/x.gguf",
                "cannot read models/acme/x.gguf",
                "x.gguf is broken",
                "./x and y",
                "../x",
                "see ~/models",
                "C:\\models\\m is bad",
                "\\\\share\\models",
                "gpu-7.internal refused",
                "gpu7:8080 refused",
                "fe80::1 refused",
                "bound to ::1",
                "[::1]:8080",
                "10.0.0.5 refused",
                "10.0.0.5:8080",
                "http://gpu7 refused",
                "user@gpu7",
                "org/Coder-30B:Q4",
                "1.2.3",
                "%2Fsrv%2Fmodels",
                "/srv",
                "/v1/../srv",
                "messages.0.content.internal:80",
            })
    void whatMayNameAHostIsNotTold(String said) {
        assertThat(Outward.isPlain(said)).isFalse();
        assertThat(Outward.isPlain("failed: " + said + " (really).")).isFalse();
    }

    @Test
    void anEndIsToldWithoutTheEnginesWords() {
        assertThat(Outward.ending("the engine was ended by signal 6; its last words:\nsecret"))
                .isEqualTo("the engine ended (signal 6)");
        assertThat(Outward.ending("the engine exited with code 1; its last words:\nsecret"))
                .isEqualTo("the engine ended (code 1)");
        assertThat(Outward.ending("the engine (pid 7) is gone; its last words:\nsecret"))
                .isEqualTo("the engine ended");
        assertThat(Outward.ending("no such file: /srv/secret"))
                .isEqualTo("the engine could not load it");
        assertThat(Outward.ending("the engine could not be started: no port from 1 to 1 is free"))
                .isEqualTo("its node could not start an engine");
        assertThat(Outward.ending("there is no program /opt/secret/llama-server"))
                .isEqualTo("its node could not start an engine");
        assertThat(Outward.ending("the engine made no progress for 600 s (it answers 503)"))
                .isEqualTo("the load made no progress");
        assertThat(Outward.ending("The argument --log-file is refused: it writes files. To let …"))
                .isEqualTo("the node refuses a setting of this model");
        assertThat(Outward.ending("path = '/srv/secret' is refused: it is not a file below"))
                .isEqualTo("the node refuses a setting of this model");
    }

    @Test
    void aNodesNameIsToldUnlessItIsAnAddress() {
        assertThat(Outward.node("beast")).isEqualTo("beast");
        assertThat(Outward.node("10.0.0.5:9090")).isEqualTo("a node");
        assertThat(Outward.nodeOrNull("gpu1.example.org")).isNull();
    }

    /// A matcher that recursed would run out of stack.
    @ParameterizedTest
    @ValueSource(strings = {"/a", "#/a", "/v1/a/b", "x.a", "json.a", "messages.a", "messages[1]"})
    void longTextsAreLookedAtWithoutRecursion(String piece) throws InterruptedException {
        String rest = piece.replaceFirst("^(#|json|messages|x|/v1/a)", "");
        String text = piece + rest.repeat(1_000_000 / rest.length());
        AtomicReference<String> told = new AtomicReference<>();
        Thread small =
                new Thread(
                        null, () -> told.set(Outward.isPlain(text) + " told"), "small", 128 << 10);
        small.start();
        small.join();
        assertThat(told.get()).as("nothing is told once the stack is out").isNotNull();
    }
}
