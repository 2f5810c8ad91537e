package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All abuse at once: slow clients, bombs, floods, deadly requests, a bad node and a bad engine,
/// while Alice asks as usual. Nothing of hers may be lost. A few seconds in the build; with `-D
/// cortex.abuse=MINUTES` for so long, and then her 99th percentile may grow by 100 ms at most. What
/// happened stands in `target/abuse.txt`.
class AbuseTest {
    private static final int MINUTES = Integer.getInteger("cortex.abuse", 0);
    private static final Duration QUIET = Duration.ofSeconds(MINUTES == 0 ? 3 : 30);
    private static final Duration ABUSE =
            MINUTES == 0 ? Duration.ofSeconds(10) : Duration.ofMinutes(MINUTES);
    private static final int ADDED_MILLIS = 100;
    private static final int MIB = 1 << 20;

    /// One answer of Alice's: how long it took in microseconds, and what was wrong with it, or "".
    private record Told(long micros, String wrong) {}

    private final Map<String, LongAdder> done = new java.util.concurrent.ConcurrentSkipListMap<>();
    private final AtomicBoolean over = new AtomicBoolean();

    @Test
    void aliceNoticesNothing(@TempDir Path dir) throws Exception {
        String models =
                Target.model("fragile", 2, "\"--speed\", \"2000\"")
                        + Target.model("evil", 2, "\"--speed\", \"9\"");
        try (BadNode bad = new BadNode();
                Target target =
                        Target.start(
                                dir, Setup.USUAL.withModels(models).withBad(Map.of("bad", bad)));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            alice(target, Duration.ofSeconds(MINUTES == 0 ? 2 : 20));
            List<Told> quiet = alice(target, QUIET);
            for (Attack attack : attacks(target, bad)) {
                for (int i = 0; i < attack.copies(); i++) {
                    int seed = i;
                    threads.execute(() -> repeat(attack, seed));
                }
            }
            List<Told> abused;
            try {
                abused = alice(target, ABUSE);
            } finally {
                over.set(true);
            }
            threads.shutdown();
            String report = report(quiet, abused, target);
            Files.writeString(
                    Files.createDirectories(Path.of("target")).resolve("abuse.txt"), report);
            assertThat(abused).as(report).allMatch(told -> told.wrong().isEmpty());
            if (MINUTES > 0) {
                assertThat(percentile(abused, 99) - percentile(quiet, 99))
                        .as(report)
                        .isLessThan(ADDED_MILLIS * 1000L);
            }
        }
    }

    /// Something bad, done once by each of so many; then a pause, so that the attackers' own cost
    /// stays bounded.
    private record Attack(String name, int copies, Duration pause, Deed deed) {
        interface Deed {
            void once(SplittableRandom random) throws Exception;
        }
    }

    private void repeat(Attack attack, int seed) {
        SplittableRandom random = new SplittableRandom(attack.name().hashCode() + seed);
        LongAdder times = done.computeIfAbsent(attack.name(), _ -> new LongAdder());
        while (!over.get()) {
            try {
                attack.deed().once(random);
                times.increment();
            } catch (Exception e) {
                done.computeIfAbsent(attack.name() + " broke off", _ -> new LongAdder())
                        .increment();
            }
            LockSupport.parkNanos(attack.pause().toNanos());
        }
    }

    private static List<Attack> attacks(Target target, BadNode bad) {
        int port = target.port();
        int neuron = URI.create(target.neuron()).getPort();
        byte[] tree =
                Bombs.gzip(
                        Bombs.objects(
                                "{\"model\":\"good\",\"max_tokens\":1,\"messages\":[{\"role\":"
                                        + "\"user\",\"content\":\"x\"}],",
                                63 * MIB));
        byte[] turns =
                Bombs.gzip(
                        Bombs.turns(
                                "{\"model\":\"good\",\"max_tokens\":1,",
                                "messages",
                                "{\"role\":\"user\",\"content\":\"x\"}",
                                20_000));
        return List.of(
                new Attack("tree bomb", 1, ms(700), _ -> send(port, "/v1/messages", tree)),
                new Attack("many turns", 1, ms(700), _ -> send(port, "/v1/responses", turns)),
                new Attack("slow head", 40, ms(100), random -> slowHead(port, random)),
                new Attack("slow body", 20, ms(200), _ -> slowBody(port)),
                new Attack("idle connections", 2, ms(300), _ -> idle(port, 40)),
                new Attack("idle at the neuron", 2, ms(300), _ -> idle(neuron, 40)),
                new Attack("flood", 2, ms(20), _ -> target.get("sk-wrong", "/v1/models")),
                new Attack(
                        "noise",
                        2,
                        ms(30),
                        random -> noise(random.nextBoolean() ? port : neuron, random)),
                new Attack("many answers", 4, ms(100), _ -> hangUp(port, "good")),
                new Attack(
                        "deadly",
                        1,
                        ms(1000),
                        random ->
                                target.chat(
                                        Target.BOB,
                                        "fragile",
                                        "[[crash after 1]] " + random.nextInt())),
                new Attack("bad report", 1, ms(100), random -> report(bad, random)),
                new Attack("bad engine", 1, ms(200), random -> badEngine(target, bad, random)));
    }

    private static Duration ms(int millis) {
        return Duration.ofMillis(millis);
    }

    private static void send(int port, String path, byte[] gzipped) throws IOException {
        try (Raw raw = new Raw(port)) {
            raw.say(head(path, gzipped.length, "Content-Encoding: gzip\r\n"));
            raw.say(gzipped);
            raw.hear(ms(500));
        }
    }

    private static String head(String path, int length, String more) {
        return "POST "
                + path
                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                + Target.BOB
                + "\r\nContent-Type: application/json\r\n"
                + more
                + "Content-Length: "
                + length
                + "\r\n\r\n";
    }

    private static void slowHead(int port, SplittableRandom random) throws IOException {
        try (Raw raw = new Raw(port)) {
            for (int i = 0; i < 20 && raw.say("x" + random.nextInt(10) + ": y\r\n"); i++) {
                LockSupport.parkNanos(ms(100).toNanos());
            }
        }
    }

    private static void slowBody(int port) throws IOException {
        try (Raw raw = new Raw(port)) {
            raw.say(head("/v1/chat/completions", 60 * MIB, ""));
            for (int i = 0; i < 20 && raw.say("{"); i++) {
                LockSupport.parkNanos(ms(100).toNanos());
            }
        }
    }

    private static void idle(int port, int count) throws IOException {
        List<Raw> open = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                open.add(new Raw(port));
            }
            LockSupport.parkNanos(ms(1000).toNanos());
        } finally {
            for (Raw raw : open) {
                raw.close();
            }
        }
    }

    private static void noise(int port, SplittableRandom random) throws IOException {
        byte[] good = (head("/v1/messages", 2, "") + "{}").getBytes(StandardCharsets.US_ASCII);
        try (Raw raw = new Raw(port)) {
            raw.say(Mutation.of(good, random));
            raw.hear(ms(50));
        }
    }

    private static void hangUp(int port, String model) throws IOException {
        String body =
                "{\"model\":\""
                        + model
                        + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":"
                        + "\"[[tokens 200]] [[speed 100]]\"}]}";
        try (Raw raw = new Raw(port)) {
            raw.say(head("/v1/chat/completions", body.length(), "") + body);
            raw.hear(ms(80));
        }
    }

    private static void report(BadNode bad, SplittableRandom random) {
        byte[] good = FuzzTest.REPORT.getBytes(StandardCharsets.UTF_8);
        bad.answer(
                "/models",
                BadNode.Answer.json(random.nextInt(3) == 0 ? good : Mutation.of(good, random)));
    }

    private static void badEngine(Target target, BadNode bad, SplittableRandom random) {
        byte[] good = FuzzTest.GOOD_STREAM.getBytes(StandardCharsets.UTF_8);
        bad.answer(
                "/engines",
                new BadNode.Answer(200, "text/event-stream", Mutation.of(good, random), true));
        target.post(
                Target.BOB,
                "/v1/chat/completions",
                "{\"model\":\"evil\",\"stream\":true,\"messages\":[{\"role\":\"user\","
                        + "\"content\":\"x\"}]}");
    }

    /// Alice asks, twenty times a second, streamed and whole in turn.
    private static List<Told> alice(Target target, Duration time) throws InterruptedException {
        var told = new ConcurrentLinkedQueue<Told>();
        long end = System.nanoTime() + time.toNanos();
        for (int i = 0; System.nanoTime() < end; i++) {
            boolean stream = i % 2 == 0;
            String body =
                    """
                    {"model":"good","stream":%s,"max_tokens":4,\
                    "messages":[{"role":"user","content":"hello"}]}
                    """
                            .formatted(stream);
            long start = System.nanoTime();
            HttpResponse<String> answer = target.post(Target.ALICE, "/v1/chat/completions", body);
            long took = (System.nanoTime() - start) / 1000;
            boolean whole =
                    answer.statusCode() == 200
                            && answer.body().contains(stream ? "data: [DONE]" : "\"choices\"");
            told.add(new Told(took, whole ? "" : answer.statusCode() + " " + answer.body()));
            LockSupport.parkNanos(ms(50).toNanos());
        }
        return List.copyOf(told);
    }

    private static long percentile(List<Told> told, int percent) {
        long[] sorted = told.stream().mapToLong(Told::micros).sorted().toArray();
        return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    private String report(List<Told> quiet, List<Told> abused, Target target) {
        StringBuilder text = new StringBuilder();
        text.append("Alice, quiet: ").append(figures(quiet)).append('\n');
        text.append("Alice, abused: ").append(figures(abused)).append('\n');
        long lost = abused.stream().filter(t -> !t.wrong().isEmpty()).count();
        text.append("lost: ").append(lost).append(" of ").append(abused.size()).append('\n');
        abused.stream()
                .map(Told::wrong)
                .filter(wrong -> !wrong.isEmpty())
                .distinct()
                .limit(5)
                .forEach(wrong -> text.append("  ").append(wrong).append('\n'));
        done.forEach((name, times) -> text.append(name).append(": ").append(times).append('\n'));
        if (lost > 0) {
            text.append(target.cortexProgram().log());
        }
        return text.toString();
    }

    private static String figures(List<Told> told) {
        return "p50 %d µs, p99 %d µs, worst %d µs of %d"
                .formatted(
                        percentile(told, 50),
                        percentile(told, 99),
                        percentile(told, 100),
                        told.size());
    }
}
