package cortex.relay.fleetkey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.Secret;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.relay.fleetkey.FleetKeys.Call;
import cortex.relay.fleetkey.FleetKeys.Shown;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetKeysTest {
    private static final Secret OLD = new Secret("o".repeat(32));
    private static final Secret NEW = new Secret(FleetKey.mint());
    private static final Secret OTHER = new Secret("x".repeat(40));
    private static final URI NEURON = URI.create("http://gpu1:9090/behind/proxy");
    private static final byte[] LOAD = "{\"model_id\":\"m\"}".getBytes(StandardCharsets.UTF_8);

    /// A clock that stands where it is put.
    private static final class Clock implements Time {
        private Instant wall = Instant.parse("2026-11-30T10:00:00Z");
        private long nanos = Long.MAX_VALUE - 5;

        @Override
        public Instant now() {
            return wall;
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void sleep(Duration duration) {
            wall = wall.plus(duration);
            nanos += duration.toNanos();
        }
    }

    private final Clock gateways = new Clock();
    private final Clock neurons = new Clock();
    private final FleetKeys keys = new FleetKeys(List.of(OLD, NEW), neurons);

    private RequestSigner.Signed sign(
            Secret key, String method, String path, byte @Nullable [] body) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(NEURON + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
        return new RequestSigner(new FleetKey(key), NEURON, gateways).sign(request, body);
    }

    private static String header(RequestSigner.Signed signed) {
        return signed.request().headers().firstValue("authorization").orElseThrow();
    }

    private Shown check(RequestSigner.Signed signed, String method, String target) {
        return keys.check(header(signed), new Call(method, target, true, false));
    }

    @Test
    void whatIsSignedWithOneOfTheKeysIsLetInAndTheAnswerProvesIt() {
        for (Secret key : List.of(OLD, NEW)) {
            RequestSigner.Signed signed = sign(key, "GET", "/models?x=%20", null);
            Shown shown = check(signed, "GET", "/models?x=%20");
            assertThat(shown.problem()).isNull();
            assertThat(shown.known()).isTrue();
            String proof = String.valueOf(shown.proof(200));
            assertThat(signed.proven(200, proof(proof))).isTrue();
            assertThat(signed.proven(503, proof(proof))).isFalse();
            assertThat(signed.proven(200, proof(proof.substring(1) + "A"))).isFalse();
            assertThat(signed.proven(200, HttpHeaders.of(Map.of(), (_, _) -> true))).isFalse();
            RequestSigner.Signed another = sign(key, "GET", "/models?x=%20", null);
            assertThat(another.proven(200, proof(proof))).isFalse();
            assertThat(header(signed)).doesNotContain(key.reveal());
        }
    }

    private static HttpHeaders proof(String value) {
        return HttpHeaders.of(Map.of(RequestSigner.PROOF, List.of(value)), (_, _) -> true);
    }

    @Test
    void anotherKeyOpensNothingAndProvesNothing() {
        RequestSigner.Signed signed = sign(OTHER, "GET", "/models", null);
        Shown shown = check(signed, "GET", "/models");
        assertThat(shown.problem()).contains("not one of keys");
        assertThat(shown.known()).isFalse();
        assertThat(shown.proof(401)).isNull();
    }

    @Test
    void whatIsSignedHoldsForThatRequestOnly() {
        RequestSigner.Signed signed = sign(NEW, "GET", "/models", null);
        assertThat(check(signed, "POST", "/models").known()).isFalse();
        assertThat(check(signed, "GET", "/models/load").known()).isFalse();
        assertThat(check(signed, "GET", "/models?a").known()).isFalse();
        String header = header(signed);
        for (String altered :
                List.of(
                        header.replaceFirst("time=\\d", "time=9"),
                        header.replaceFirst("nonce=.", "nonce=" + otherDigit(header)),
                        header.replace("body=-", "body=" + "0".repeat(64)))) {
            Shown shown = keys.check(altered, new Call("GET", "/models", true, false));
            assertThat(shown.known()).as(altered).isFalse();
        }
        assertThat(check(signed, "GET", "/models").problem()).isNull();
    }

    private static char otherDigit(String header) {
        return header.charAt(header.indexOf("nonce=") + 6) == 'f' ? 'e' : 'f';
    }

    @Test
    void aRequestIsTakenOnce() {
        RequestSigner.Signed signed = sign(NEW, "POST", "/models/unload", LOAD);
        assertThat(check(signed, "POST", "/models/unload").problem()).isNull();
        assertThat(check(signed, "POST", "/models/unload").problem()).contains("taken before");
        neurons.sleep(FleetKeys.WINDOW);
        assertThat(check(signed, "POST", "/models/unload").problem()).contains("taken before");
        neurons.sleep(FleetKeys.WINDOW.plusSeconds(1));
        assertThat(check(signed, "POST", "/models/unload").problem()).contains("clock");
        Call read = new Call("GET", "/models", false, false);
        RequestSigner.Signed reading = sign(NEW, "GET", "/models", null);
        gateways.sleep(Duration.ZERO);
        assertThat(keys.check(header(reading), read).problem()).contains("121 s ago");
    }

    @Test
    void clocksMayDifferByAMinute() {
        gateways.sleep(FleetKeys.WINDOW);
        assertThat(check(sign(NEW, "GET", "/a", null), "GET", "/a").problem()).isNull();
        gateways.sleep(Duration.ofSeconds(1));
        Shown shown = check(sign(NEW, "GET", "/a", null), "GET", "/a");
        assertThat(shown.problem())
                .contains("61 s in the future", "2026-11-30T10:00:00Z", "clocks of both hosts");
        assertThat(shown.known()).isTrue();
        assertThat(shown.proof(401)).isNotNull();
    }

    @Test
    void aBodyMustBeTheOneThatWasSigned() throws IOException {
        Call call = new Call("POST", "/models/load", true, true);
        Shown shown = keys.check(header(sign(NEW, "POST", "/models/load", LOAD)), call);
        assertThat(shown.problem()).isNull();
        assertThat(shown.checked(new ByteArrayInputStream(LOAD)).readAllBytes()).isEqualTo(LOAD);
        Shown other = keys.check(header(sign(NEW, "POST", "/models/load", LOAD)), call);
        byte[] altered = LOAD.clone();
        altered[3] ^= 1;
        assertThatThrownBy(() -> other.checked(new ByteArrayInputStream(altered)).readAllBytes())
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("not the one that was signed");
        Shown none = keys.check(header(sign(NEW, "POST", "/models/load", null)), call);
        assertThat(none.problem()).contains("a body that is not signed");
    }

    @Test
    void byHandAKeyIsShownAsItIs() {
        Call call = new Call("POST", "/models/load", true, true);
        for (Secret key : List.of(OLD, NEW)) {
            assertThat(keys.check("Bearer " + key.reveal(), call).problem()).isNull();
            assertThat(keys.check("bearer  " + key.reveal() + " ", call).known()).isTrue();
            assertThat(keys.check("Bearer " + key.reveal(), call).proof(200)).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Bearer ooooooooooooooooooooooooooooooo",
                "Bearer OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO",
                "Basic b29vb29vb29v",
                "oooooooooooooooooooooooooooooooo",
                "Cortex-HMAC-SHA256",
                "Cortex-HMAC-SHA256 time=1,nonce=,body=-,mac=",
                "Cortex-HMAC-SHA256"
                        + " time=99999999999999999999,nonce=00000000000000000000000000000000,"
                        + "body=-,mac=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "Cortex-HMAC-SHA256 time=1,nonce=00000000000000000000000000000000,"
                        + "body=-,mac=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            })
    void nothingElseIsAKey(String header) {
        Shown shown = keys.check(header, new Call("GET", "/", false, false));
        assertThat(shown.problem()).isNotBlank();
        assertThat(shown.known()).isFalse();
        assertThat(shown.proof(401)).isNull();
    }

    @Test
    void whoeverShowsNothingIsToldWhatToDo() {
        assertThat(keys.check(null, new Call("GET", "/", false, false)).problem())
                .contains("set key", "[[neurons]]", "Bearer KEY");
    }

    @Test
    void theNoncesThatAreRememberedAreLimited() {
        Nonces nonces = new Nonces(2, Duration.ofSeconds(10), 0);
        String[] each = new String[4];
        for (int i = 0; i < 4; i++) {
            each[i] = "%032x".formatted(i);
        }
        assertThat(nonces.see(each[0], 1)).isEqualTo(Nonces.Verdict.NEW);
        assertThat(nonces.see(each[1], 1)).isEqualTo(Nonces.Verdict.NEW);
        assertThat(nonces.see(each[2], 1)).isEqualTo(Nonces.Verdict.FULL);
        assertThat(nonces.see(each[0], 1)).isEqualTo(Nonces.Verdict.SEEN);
        long later = Duration.ofSeconds(11).toNanos();
        assertThat(nonces.see(each[2], later)).isEqualTo(Nonces.Verdict.NEW);
        assertThat(nonces.see(each[0], later)).isEqualTo(Nonces.Verdict.SEEN);
        assertThat(nonces.see(each[0], 4 * later)).isEqualTo(Nonces.Verdict.NEW);
    }

    @Test
    void freshKeysAreUsableAndDiffer() {
        assertThat(FleetKey.isUsable(new Secret(FleetKey.mint()))).isTrue();
        assertThat(FleetKey.mint()).isNotEqualTo(FleetKey.mint()).hasSize(46);
        assertThat(FleetKey.isUsable(new Secret("short"))).isFalse();
        assertThat(FleetKey.isUsable(new Secret("with a space ".repeat(4)))).isFalse();
    }
}
