package cortex.e2e;

import cortex.house.Sources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A neuron as a real process over make-believe devices of its own, whose memory in use is what its
/// demo engines hold. It may be killed and started again; its engines may be killed under it.
final class GpuNode implements AutoCloseable {
    private static final Path SMI = Sources.root().resolve("dist/demo-tools/nvidia-smi");

    private final String name;
    private final Path dir;
    private final int port;
    private final Map<String, String> environment;
    private Program neuron;

    /// Devices of `sizes` MiB, comma separated, some of the first one's memory taken by a foreign
    /// program; engines get ports from `firstPort` on.
    GpuNode(String name, Path parent, String sizes, int firstPort)
            throws IOException, InterruptedException {
        this(name, parent, sizes, firstPort, "");
    }

    /// The same, whose engines get more arguments at each start, quoted and comma separated.
    GpuNode(String name, Path parent, String sizes, int firstPort, String args)
            throws IOException, InterruptedException {
        this.name = name;
        this.dir = Files.createDirectories(parent.resolve(name));
        this.port = freePort();
        Path vram = Files.createDirectories(dir.resolve("vram"));
        Path books = Files.createDirectories(books());
        Files.createDirectories(models());
        Path foreign = Files.writeString(dir.resolve("foreign"), "0 300 1 /usr/bin/desktop\n");
        Path switches = Files.writeString(dir.resolve("switches"), "late 0.7\n");
        this.environment =
                new HashMap<>(
                        Map.of(
                                "DEMO_GPUS",
                                Integer.toString(sizes.split(",", -1).length),
                                "DEMO_GPU_MIB",
                                sizes,
                                "DEMO_VRAM_DIR",
                                vram.toString(),
                                "DEMO_BOOK_DIR",
                                books.toString(),
                                "DEMO_GPU_FOREIGN",
                                foreign.toString(),
                                "DEMO_GPU_SWITCHES",
                                switches.toString()));
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:%d"
                state_dir = "state"
                nvidia_smi = "%s"
                probe_interval = "500ms"
                model_dirs = ["models"]
                files_interval = "200ms"
                drain_timeout = "2s"
                [[harnesses]]
                name = "demo"
                stop_grace = "3s"
                load_stall_timeout = "20s"
                port_range = [%d, %d]
                args = [%s]
                """
                        .formatted(port, SMI, firstPort, firstPort + 2000, args));
        this.neuron = start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Program start() throws InterruptedException {
        List<String> serve = List.of("serve", "--config", "neuron.toml");
        return Program.startReady("neuron", dir, serve, environment);
    }

    String name() {
        return name;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /// The folder in which its models' files lie.
    Path models() {
        return dir.resolve("models");
    }

    /// The folder in which each engine writes what became of its requests.
    Path books() {
        return dir.resolve("books");
    }

    /// What the neuron logged in this life of it.
    String log() {
        return neuron.log();
    }

    /// KILL, to the neuron alone: its engines go on.
    void kill() throws InterruptedException {
        neuron.kill();
    }

    void startAgain() throws InterruptedException {
        neuron = start();
    }

    /// Sets a variable for its next lives.
    void set(String variable, String value) {
        environment.put(variable, value);
    }

    /// Sends TERM, does not wait for the end, and starts the next one, which waits for what it
    /// needs; returns the old one.
    Program replace() throws InterruptedException {
        Program old = neuron;
        // Unlike the process itself, its handle leaves the log open.
        old.handle().destroy();
        old.awaitLine("waiting for running requests", Duration.ofSeconds(20));
        neuron = start();
        return old;
    }

    /// Runs `neuron ARGUMENTS…` on its configuration.
    Program runs(String... arguments) {
        return Program.start("neuron", dir, List.of(arguments), environment);
    }

    /// The engine processes that hold device memory now.
    List<ProcessHandle> engines() {
        List<ProcessHandle> engines = new ArrayList<>();
        try (Stream<Path> files = Files.list(dir.resolve("vram"))) {
            files.map(file -> String.valueOf(file.getFileName()))
                    .filter(file -> file.matches("\\d+\\.\\d+"))
                    .map(file -> Long.parseLong(file.substring(0, file.indexOf('.'))))
                    .forEach(pid -> ProcessHandle.of(pid).ifPresent(engines::add));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return engines.stream().filter(this::own).toList();
    }

    /// One device: what is taken of it, and all there is for programs to take, in MiB.
    record Memory(String device, long usedMb, long usableMb) {}

    /// What the devices say now, asked as the neuron asks them.
    List<Memory> memory() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        SMI.toString(),
                        "--query-gpu=index,memory.used,memory.total,memory.reserved",
                        "--format=csv,noheader,nounits");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("nvidia-smi: " + text);
        }
        List<Memory> all = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] fields = line.split(", ", -1);
            long usable = Long.parseLong(fields[2]) - Long.parseLong(fields[3]);
            all.add(new Memory(name + ":" + fields[0], Long.parseLong(fields[1]), usable));
        }
        return all;
    }

    /// Processes of this node by their environment, whoever their parent is now.
    Map<Long, String> processes() {
        Map<Long, String> found = new HashMap<>();
        ProcessHandle.allProcesses()
                .filter(ProcessHandle::isAlive)
                .filter(this::own)
                .forEach(p -> found.put(p.pid(), p.info().commandLine().orElse("?")));
        return found;
    }

    private boolean own(ProcessHandle process) {
        try {
            Path environ = Path.of("/proc", Long.toString(process.pid()), "environ");
            String text = Files.readString(environ, StandardCharsets.ISO_8859_1);
            return text.contains("DEMO_VRAM_DIR=" + environment.get("DEMO_VRAM_DIR"));
        } catch (IOException e) {
            return false;
        }
    }

    /// Stops the neuron in order; what it leaves behind is told by {@link #processes}.
    void stop() throws InterruptedException {
        neuron.terminate();
        int code = neuron.awaitExit(Duration.ofSeconds(40));
        if (code != 143) {
            throw new AssertionError(name + " ended with " + code + ":\n" + neuron.log());
        }
    }

    @Override
    public void close() {
        neuron.close();
        processes()
                .keySet()
                .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }
}
