package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that do not read, and a stop under running streams.
@Tag(Engines.TAG)
class SlowReaderTest {
    @TempDir Path dir;

    @Test
    void readersThatStallCostNoMemoryAndHarmNobody() throws Exception {
        try (Stack stack = Stack.start(dir)) {
            var client = stack.client();
            assertThat(Chat.text(client, "slow")).isNotBlank();
            long before = residentKb(stack.cortex());
            List<Socket> stalled = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    stalled.add(openStream(stack, "slow"));
                }
                assertThat(Chat.text(client, "org/tiny")).isNotBlank();
                long grown = residentKb(stack.cortex()) - before;
                assertThat(grown).as("kB grown by 20 stalled readers").isLessThan(100_000);
            } finally {
                for (Socket socket : stalled) {
                    socket.close();
                }
            }
            Stack.until("all have left", () -> stack.replica("slow").inFlight() == 0);
        }
    }

    @Test
    void aStopLetsAStreamEndAndTakesNoNewRequest() throws Exception {
        try (Stack stack = Stack.start(dir)) {
            var client = stack.client();
            assertThat(Chat.text(client, "drained")).isNotBlank();
            StringBuilder text = new StringBuilder();
            try (var stream =
                    client.chat()
                            .completions()
                            .createStreaming(Chat.ask("drained", longAnswer(stack)))) {
                var chunks = stream.stream().iterator();
                text.append(Chat.content(chunks.next()));
                stack.cortex().terminate();
                while (chunks.hasNext()) {
                    var chunk = chunks.next();
                    text.append(Chat.content(chunk));
                    chunk.choices().forEach(c -> c.finishReason().ifPresent(text::append));
                }
            }
            assertThat(text.toString()).endsWith("stop");
            assertThat(stack.cortex().awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
        }
    }

    private static String longAnswer(Stack stack) {
        return stack.engines().demo() ? "[[tokens 200]] [[speed 100]]" : "Hi";
    }

    private static Socket openStream(Stack stack, String model) throws IOException {
        URI api = URI.create(stack.api());
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.getPort());
        String body =
                """
                {"model":"%s","stream":true,"max_tokens":100000,\
                "messages":[{"role":"user","content":"go on forever"}]}\
                """
                        .formatted(model);
        String request =
                "POST /v1/chat/completions HTTP/1.1\r\n"
                        + "Host: localhost\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static long residentKb(Program program) throws IOException {
        Path status = Path.of("/proc/" + program.handle().pid() + "/status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
