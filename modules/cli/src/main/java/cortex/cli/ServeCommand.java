package cortex.cli;

import cortex.cli.terminal.Terminal;
import cortex.core.config.HostPort;
import cortex.core.config.problem.ConfigException;
import cortex.core.log.LogSetup;
import cortex.core.stop.StopDeadline;
import cortex.core.time.SystemTime;
import cortex.gateway.Gateway;
import cortex.gateway.access.AdminKeyException;
import cortex.gateway.config.GatewayConfig;
import cortex.gateway.config.GatewayConfigReader;
import cortex.gateway.config.ServerConfig;
import cortex.relay.http.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// `cortex serve`: runs the gateway until the process is asked to stop.
final class ServeCommand {
    private static final System.Logger LOG = System.getLogger(ServeCommand.class.getName());

    private final Terminal terminal;

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Comes back only when the gateway could not be started, or does not listen any more; TERM and
    /// INT end the process.
    int run(Path file) throws InterruptedException {
        GatewayConfigReader.Loaded loaded;
        try {
            loaded = GatewayConfigReader.load(file, terminal.environment());
        } catch (ConfigException e) {
            return terminal.fail(String.valueOf(e.getMessage()));
        }
        GatewayConfig config = loaded.config();
        List<String> taken = taken(config.server());
        if (!taken.isEmpty()) {
            return terminal.fail(String.join("\ncortex: ", taken));
        }
        LogSetup.install(config.logFormat());
        loaded.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        try {
            SystemTime time = new SystemTime();
            Duration most = config.timeouts().drain().plus(StopDeadline.BESIDE);
            StopDeadline deadline = StopDeadline.of(most, time);
            return terminal.fail(untilBroken(Gateway.start(config, time), deadline));
        } catch (BindException | AdminKeyException e) {
            return terminal.fail(String.valueOf(e.getMessage()));
        }
    }

    private static List<String> taken(ServerConfig server) {
        List<String> problems = new ArrayList<>();
        add(problems, server.listen(), "listen");
        add(problems, server.metricsListen(), "metrics_listen");
        return problems;
    }

    private static void add(List<String> problems, HostPort address, String key) {
        String problem = BindException.problem(address);
        if (problem != null) {
            problems.add(
                    "cannot listen on %s: %s. Change %s in [gateway], or set CORTEX_GATEWAY__%s."
                            .formatted(
                                    address, problem, key, key.toUpperCase(java.util.Locale.ROOT)));
        }
    }

    private static String untilBroken(Gateway gateway, StopDeadline deadline)
            throws InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("stop").unstarted(() -> stop(gateway, deadline)));
        LOG.log(
                System.Logger.Level.INFO,
                "cortex ready: API http://{0}, metrics http://{1}",
                gateway.api(),
                gateway.metrics());
        return gateway.awaitBroken();
    }

    private static void stop(Gateway gateway, StopDeadline deadline) {
        deadline.begin();
        LOG.log(System.Logger.Level.INFO, "stopping: waiting for running requests");
        gateway.close();
        LOG.log(System.Logger.Level.INFO, "stopped");
    }
}
