package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.ROLE;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.fleet.EngineEnds;
import cortex.gateway.fleet.machine.FleetEvent;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Requests at which an engine dies, as its neuron tells: tried once, and refused to all after
/// that.
class DeadlyRequestTest {
    private static final String OTHER = "{\"model\":\"tiny\",\"messages\":[],\"max_tokens\":1}";

    private static final String KILLED =
            "{\"error\":{\"message\":\"it died [the engine was ended by signal 9 (KILL: by"
                    + " hand)]\",\"code\":\"engine_died\",\"in_flight\":1}}";

    private static String died(int requests) {
        return "{\"error\":{\"message\":\"it died [the engine was ended by signal 6; its last"
                + " words:\\nhunter2]\",\"code\":\"engine_died\",\"in_flight\":"
                + requests
                + "}}";
    }

    private static Bench bench() {
        return new Bench(Bench.TIMING, "alice-key-0123456789", "bob-key-0123456789");
    }

    private static HttpResponse<String> ask(Bench bench, String who, String path, String body)
            throws Exception {
        return bench.send(
                bench.to(path)
                        .header("authorization", "Bearer " + who + "-key-0123456789")
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build());
    }

    @Test
    void itIsNotTriedAgainAndAnEqualOneIsRefusedWhoeverSendsIt() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(502, died(1));
            HttpResponse<String> first = ask(bench, "bob", "/v1/chat/completions", ASK);
            assertThat(first.statusCode()).isEqualTo(502);
            assertThat(first.body())
                    .contains("\"code\":\"engine_died\"", "(signal 6)")
                    .doesNotContain("hunter2");
            assertThat(first.headers().firstValue("x-should-retry")).hasValue("false");
            assertThat(bench.engine.requests).hasSize(1);
            assertThat(bench.fleet.gone).singleElement().asString().contains("hunter2");

            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            HttpResponse<String> equal = ask(bench, "alice", "/v1/chat/completions", ASK);
            assertThat(equal.statusCode()).isEqualTo(422);
            assertThat(equal.body())
                    .contains("\"code\":\"request_ended_engine\"", "ended the engine of 'tiny' at")
                    .doesNotContain("hunter2");
            assertThat(bench.engine.requests).hasSize(1);
        }
    }

    @Test
    void whoeverSentItWaitsAndOthersDoNot() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(502, died(1));
            ask(bench, "bob", "/v1/chat/completions", ASK);
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            HttpResponse<String> bob = ask(bench, "bob", "/v1/chat/completions", OTHER);
            assertThat(bob.statusCode()).isEqualTo(429);
            assertThat(bob.headers().firstValue("retry-after")).isPresent();
            assertThat(ask(bench, "alice", "/v1/chat/completions", OTHER).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aBystanderIsServedAgain() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            ask(bench, "alice", "/v1/chat/completions", OTHER);
            bench.engine.requests.clear();
            bench.engine.script = (request, wire) -> wire.json(502, died(2));
            ask(bench, "bob", "/v1/chat/completions", ASK);
            ask(bench, "alice", "/v1/chat/completions", OTHER);
            assertThat(bench.engine.requests).as("neither is tried twice").hasSize(2);
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            assertThat(ask(bench, "alice", "/v1/chat/completions", OTHER).statusCode())
                    .isEqualTo(200);
            bench.engine.script = (request, wire) -> wire.json(502, died(2));
            assertThat(ask(bench, "bob", "/v1/chat/completions", ASK).statusCode())
                    .as("bob is held off")
                    .isEqualTo(429);
            ask(bench, "alice", "/v1/chat/completions", ASK);
            assertThat(ask(bench, "alice", "/v1/chat/completions", ASK).statusCode())
                    .as("in an engine at two deaths")
                    .isEqualTo(422);
        }
    }

    @Test
    void aDeathInTheMiddleOfAStreamIsNotedToo() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(ROLE + HI + "data: " + died(1) + "\n\n");
                        wire.socket().close();
                        throw new IOException("died");
                    };
            try {
                HttpResponse<String> stream = ask(bench, "bob", "/v1/chat/completions", ASK_STREAM);
                assertThat(stream.body()).doesNotContain("hunter2");
            } catch (IOException e) {
                assertThat(e).as("no clean end").isNotNull();
            }
            Bench.eventually("the fleet knows", () -> !bench.fleet.gone.isEmpty());
            Bench.eventually("the request is over", () -> isOver(bench));
            assertThat(ask(bench, "alice", "/v1/chat/completions", ASK_STREAM).statusCode())
                    .isEqualTo(422);
            assertThat(bench.engine.requests).hasSize(1);
        }
    }

    private static String ended(Bench bench) {
        try {
            return bench.get("/admin/requests").body().replaceAll("\"notes\":\\[.*?\\]", "");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isOver(Bench bench) {
        try {
            return bench.metrics().contains("cortex_requests_total{endpoint=\"chat_completions\"");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void oneThatWaitedIsLookedAtOnceMoreBeforeItIsSent() throws Exception {
        try (Bench bench = bench();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            bench.engine.script = (request, wire) -> wire.json(502, died(1));
            CountDownLatch slot = new CountDownLatch(1);
            bench.fleet.ready = slot;
            List<Future<HttpResponse<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                String body = OTHER.replace("1}", (i + 10) + "}");
                waiting.add(threads.submit(() -> ask(bench, "bob", "/v1/completions", body)));
            }
            Bench.eventually("all wait", () -> bench.fleet.asked.get() == 5);
            bench.fleet.ready = new CountDownLatch(0);
            assertThat(ask(bench, "bob", "/v1/chat/completions", ASK).statusCode()).isEqualTo(502);
            slot.countDown();
            for (Future<HttpResponse<String>> one : waiting) {
                assertThat(one.get().statusCode()).isEqualTo(429);
            }
            assertThat(bench.engine.requests).hasSize(1);
        }
    }

    /// An operator's kill costs nobody an answer; one for want of memory does not go round.
    @Test
    void oneWhoseEngineWasKilledIsTriedAgainOnceWhenItsClientHasHadAnswers() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(502, KILLED);
            assertThat(ask(bench, "bob", "/v1/chat/completions", ASK).statusCode()).isEqualTo(502);
            assertThat(bench.engine.requests).as("alone, and nothing speaks for it").hasSize(1);
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            assertThat(ask(bench, "bob", "/v1/chat/completions", OTHER).statusCode())
                    .as("nobody is held off")
                    .isEqualTo(200);
            ask(bench, "alice", "/v1/chat/completions", OTHER);
            bench.engine.requests.clear();
            bench.engine.script =
                    (request, wire) -> {
                        boolean first = bench.engine.requests.size() == 1;
                        wire.json(first ? 502 : 200, first ? KILLED : "{}");
                    };
            String body = OTHER.replace("1}", "2}");
            assertThat(ask(bench, "alice", "/v1/chat/completions", body).statusCode())
                    .isEqualTo(200);
            assertThat(bench.engine.requests).hasSize(2);
        }
    }

    @Test
    void oneWhoseClientWasThereAtAKillBeforeIsNotTriedAgain() throws Exception {
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            ask(bench, "alice", "/v1/chat/completions", OTHER);
            bench.engine.requests.clear();
            bench.engine.script = (request, wire) -> wire.json(502, KILLED);
            String body = OTHER.replace("1}", "3}");
            assertThat(ask(bench, "alice", "/v1/chat/completions", body).statusCode())
                    .isEqualTo(502);
            assertThat(bench.engine.requests).as("not a third time").hasSize(2);
            ask(bench, "alice", "/v1/chat/completions", body);
            assertThat(bench.engine.requests).as("nor once more when it is sent").hasSize(3);
            assertThat(ask(bench, "alice", "/v1/chat/completions", body).statusCode())
                    .as("three kills are no chance")
                    .isEqualTo(422);
            assertThat(bench.engine.requests).hasSize(3);
            assertThat(ask(bench, "alice", "/v1/chat/completions", OTHER).statusCode())
                    .as("and their client is held off")
                    .isEqualTo(429);
        }
    }

    @Test
    void anEngineThatWasKilledIsOneWarningAndNamedInTheRequestsLine() throws Exception {
        String two = KILLED.replace("\"in_flight\":1", "\"in_flight\":2");
        try (Bench bench = bench();
                LogLines lines = LogLines.of(EngineEnds.class)) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(ROLE + HI + "data: " + two + "\n\n");
                        wire.socket().close();
                        throw new IOException("died");
                    };
            for (String who : List.of("alice", "bob")) {
                try {
                    ask(bench, who, "/v1/chat/completions", ASK_STREAM);
                } catch (IOException e) {
                    assertThat(e).as("no clean end").isNotNull();
                }
            }
            Bench.eventually("both are noted", () -> ended(bench).split("broke off").length == 3);
            assertThat(ended(bench).split("signal 9 \\(KILL: by hand")).hasSize(3);
            assertThat(lines.warnings())
                    .singleElement()
                    .asString()
                    .contains("the engine ended (signal 9) of tiny on", "(requests in it: 2)");
        }
    }

    @Test
    void countingTokensIsNoWayAround() throws Exception {
        String count =
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"die\"}]}";
        try (Bench bench = bench()) {
            bench.fleet.loaded(1000);
            bench.engine.script = (request, wire) -> wire.json(502, died(1));
            assertThat(ask(bench, "bob", "/v1/messages/count_tokens", count).statusCode())
                    .isEqualTo(502);
            assertThat(bench.fleet.askers).extracting(FleetEvent.Caller::client).doesNotContain("");
            assertThat(ask(bench, "alice", "/v1/messages/count_tokens", count).statusCode())
                    .isEqualTo(422);
            assertThat(
                            ask(
                                            bench,
                                            "bob",
                                            "/v1/messages/count_tokens",
                                            count.replace("die", "hi"))
                                    .statusCode())
                    .isEqualTo(429);
            assertThat(bench.engine.requests).hasSize(1);
        }
    }

    @Test
    void theOtherDialectsTellItInTheirWay() throws Exception {
        String messages =
                "{\"model\":\"tiny\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
                        + "\"content\":\"hi\"}]}";
        String responses = "{\"model\":\"tiny\",\"input\":\"hi\"}";
        try (Bench bench = bench()) {
            bench.engine.script = (request, wire) -> wire.json(502, died(1));
            assertThat(ask(bench, "bob", "/v1/messages", messages).statusCode()).isEqualTo(502);
            assertThat(ask(bench, "alice", "/v1/messages", messages).body())
                    .contains("\"type\":\"error\"", "request_ended_engine");
            assertThat(ask(bench, "alice", "/v1/responses", responses).statusCode()).isEqualTo(502);
            assertThat(ask(bench, "carol", "/v1/responses", responses).statusCode())
                    .as("keys are asked for first")
                    .isEqualTo(401);
            assertThat(ask(bench, "bob", "/v1/responses", responses).body())
                    .contains("request_ended_engine");
            assertThat(bench.engine.requests).hasSize(2);
        }
    }
}
