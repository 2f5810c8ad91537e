package cortex.gateway;

import cortex.core.time.SystemTime;
import cortex.gateway.config.GatewayConfig;
import cortex.gateway.config.GatewayConfigReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A gateway in a program of its own, whose limits follow from that program's heap, in front of one
/// engine. Ends when its input does.
final class SmallHeapGateway {
    private SmallHeapGateway() {}

    /// `args`: a directory for its files, and the engine's address.
    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[0], "cortex.toml");
        Files.writeString(
                file,
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                [[neurons]]
                name = "beast"
                endpoint = "http://127.0.0.1:9"
                """);
        Files.writeString(
                Path.of(args[0], "models.toml"),
                """
                [[models]]
                id = "tiny"
                harness = "llamacpp"
                path = "/m/tiny.gguf"
                vram_mb = 100
                """);
        ScriptedFleet fleet = new ScriptedFleet();
        fleet.endpoints.add(URI.create(args[1]));
        GatewayConfig config = GatewayConfigReader.read(file, Map.of());
        try (Gateway gateway = Gateway.start(config, new SystemTime(), fleet)) {
            System.out.println("port " + gateway.api().port());
            System.out.flush();
            while (System.in.read() >= 0) {
                // what is said does not matter
            }
        }
    }
}
