package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A program without a free file descriptor goes on listening: those who wait make room.
@Timeout(180)
class DescriptorsTest {
    private static final int CONNECTIONS = 400;

    /// What a program may open besides what it has open already.
    private static final int MORE = 20;

    @TempDir Path dir;

    @Test
    void idleConnectionsThatTakeAllOfThemKeepNobodyOut() throws Exception {
        try (Stack stack = Stack.start(dir)) {
            floods(stack.cortex(), URI.create(stack.api()).getPort());
            floods(stack.neuron(), URI.create(stack.neuron().readyUrl(0)).getPort());
        }
    }

    private static void floods(Program program, int port) throws Exception {
        assertThat(answer(port)).startsWith("HTTP/1.1 ");
        limit(program.handle().pid());
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            assertThat(answer(port)).startsWith("HTTP/1.1 ");
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
        assertThat(answer(port)).startsWith("HTTP/1.1 ");
        assertThat(program.handle().isAlive()).isTrue();
    }

    private static void limit(long pid) throws IOException, InterruptedException {
        int most;
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            most = (int) open.count() + MORE;
        }
        Process prlimit =
                new ProcessBuilder(
                                "prlimit", "--pid", String.valueOf(pid), "--nofile=" + most + ":")
                        .inheritIO()
                        .start();
        assertThat(prlimit.waitFor()).isZero();
    }

    private static String answer(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            String request = "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            return new String(answer, StandardCharsets.ISO_8859_1);
        }
    }
}
