package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.gateway.access.Network;
import cortex.gateway.access.OpenDoors;
import cortex.gateway.config.AccessConfig;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Who stands around a gateway: proxies, and whoever reads the metrics.
class AccessTest {
    private static Bench bench(List<Network> proxies, @Nullable Secret metricsKey) {
        return new Bench(
                Bench.TIMING,
                Bench.ADMISSION,
                new Bench.Open(
                        List.of(),
                        new AccessConfig(List.of(), List.of(), List.of(), proxies, metricsKey)));
    }

    /// Whose request it was that came with this header.
    private static String client(Bench bench, String forwardedFor) throws Exception {
        bench.engine.script = (request, wire) -> wire.json(200, "{}");
        int before = count(bench);
        HttpResponse<String> answer =
                bench.send(
                        bench.to("/v1/chat/completions")
                                .header("X-Forwarded-For", forwardedFor)
                                .POST(HttpRequest.BodyPublishers.ofString(ASK))
                                .build());
        assertThat(answer.statusCode()).isEqualTo(200);
        Bench.eventually("told", () -> count(bench) > before);
        return JsonMapper.shared()
                .readTree(bench.get("/admin/requests").body())
                .at("/requests/0/client")
                .asString();
    }

    private static int count(Bench bench) {
        try {
            String all = bench.get("/admin/requests").body();
            return JsonMapper.shared().readTree(all).path("requests").size();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTrustedProxySaysWhoTheClientIs() throws Exception {
        Network here = Objects.requireNonNull(Network.parse("127.0.0.0/8"));
        try (Bench bench = bench(List.of(here), null)) {
            assertThat(client(bench, "6.6.6.6, 192.0.2.7")).isEqualTo("192.0.2.7");
            assertThat(client(bench, "2001:db8:1:2:3:4:5:6")).isEqualTo("2001:db8:1:2::/64");
            assertThat(client(bench, "2001:db8:1:2::9")).isEqualTo("2001:db8:1:2::/64");
            assertThat(client(bench, "192.0.2.7, nonsense")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void whoIsNotTrustedCannotChooseWhoHeIs() throws Exception {
        Network other = Objects.requireNonNull(Network.parse("10.0.0.0/8"));
        try (Bench bench = bench(List.of(other), null)) {
            assertThat(client(bench, "192.0.2.7")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void onlyLoopbackIsReachedByNobodyElse() {
        for (String own : List.of("127.0.0.1", "127.9.9.9", "::1", "localhost")) {
            assertThat(OpenDoors.isLoopback(new HostPort(own, 8000))).as(own).isTrue();
        }
        for (String open : List.of("0.0.0.0", "::", "192.0.2.1")) {
            assertThat(OpenDoors.isLoopback(new HostPort(open, 8000))).as(open).isFalse();
        }
    }

    private static int metrics(Bench bench, String authorization) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + bench.gateway.metrics().port() + "/metrics");
        return bench.send(
                        HttpRequest.newBuilder(url).header("Authorization", authorization).build())
                .statusCode();
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theMetricsMayTakeAKey() throws Exception {
        try (Bench bench = bench(List.of(), new Secret("prom"))) {
            assertThat(bench.metrics()).doesNotContain("cortex_build_info");
            assertThat(metrics(bench, "Bearer prom")).isEqualTo(200);
            assertThat(metrics(bench, basic("anybody:prom"))).isEqualTo(200);
            for (String wrong :
                    List.of("Bearer pro", "Bearer", "prom", "Basic %", basic("prom:"), "x prom")) {
                assertThat(metrics(bench, wrong)).as(wrong).isEqualTo(401);
            }
            assertThat(bench.get("/metrics").statusCode()).isEqualTo(404);
            assertThat(bench.get("/v1/metrics").statusCode()).isEqualTo(404);
        }
    }
}
