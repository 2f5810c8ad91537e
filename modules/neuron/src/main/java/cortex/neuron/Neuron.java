package cortex.neuron;

import cortex.core.config.HostPort;
import cortex.core.time.Time;
import cortex.neuron.api.EngineDoor;
import cortex.neuron.api.FileRoutes;
import cortex.neuron.api.Gatekeeper;
import cortex.neuron.api.ModelRoutes;
import cortex.neuron.api.NeuronApi;
import cortex.neuron.api.NodeRoutes;
import cortex.neuron.api.RestartNotice;
import cortex.neuron.config.ConfigWarning;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.device.Devices;
import cortex.neuron.device.vendor.Vendors;
import cortex.neuron.files.FilesWatch;
import cortex.neuron.host.Host;
import cortex.neuron.process.OnStop;
import cortex.neuron.process.RunningNeuron;
import cortex.neuron.replica.HostSetup;
import cortex.neuron.replica.ReplicaHost;
import cortex.relay.connection.Descriptors;
import cortex.relay.door.Door;
import cortex.relay.door.HeldBodies;
import cortex.relay.fleetkey.FleetKeys;
import cortex.relay.guard.BrowserGuard;
import cortex.relay.guard.HostNames;
import cortex.relay.http.ClientNetwork;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RefusalLog;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineClients;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The node plane, running: owns the server, the device probes and the engines from start to close.
public final class Neuron implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Neuron.class.getName());

    /// How long the start waits for the first look at the devices, so that the first answer is
    /// true; a tool that hangs must not keep the port closed for longer.
    private static final Duration FIRST_READING = Duration.ofSeconds(3);

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /// Gateways have an idle timeout of their own, which must win: this one only stops leaks.
    private static final Duration ENGINE_IDLE = Duration.ofHours(2);

    private final NeuronConfig config;
    private final RunningServer server;
    private final ReplicaHost replicas;
    private final RestartNotice notice;
    private final Deque<AutoCloseable> parts;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Neuron(
            NeuronConfig config,
            RunningServer server,
            ReplicaHost replicas,
            RestartNotice notice,
            Deque<AutoCloseable> parts) {
        this.config = config;
        this.server = server;
        this.replicas = replicas;
        this.notice = notice;
        this.parts = parts;
    }

    /// Makes and starts every part; returns once the port is bound. Engines of an earlier life are
    /// taken over before that, so that `/models` tells the truth from its first answer.
    ///
    /// @throws cortex.relay.http.BindException when the address cannot be listened on; the caller
    ///   has tried it before ({@link cortex.relay.http.ListenCheck}), since engines taken over end
    ///   with a start that fails
    /// @throws UncheckedIOException when the state directory cannot be used
    public static Neuron start(NeuronConfig config, Time time) {
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        try {
            return start(config, time, parts);
        } catch (IOException e) {
            closeAll(parts);
            throw new UncheckedIOException(e.getMessage(), e);
        } catch (RuntimeException e) {
            closeAll(parts);
            throw e;
        }
    }

    private static Neuron start(NeuronConfig config, Time time, Deque<AutoCloseable> parts)
            throws IOException {
        Host host = Host.read();
        NeuronConfig.Probe probe = config.probe();
        Devices devices =
                Devices.start(
                        Vendors.probes(probe.vendors(), probe.nvidiaSmi(), probe.timeout()),
                        probe.interval(),
                        time);
        parts.push(devices);
        awaitFirst(devices);
        ReplicaHost replicas =
                new HostSetup(
                                host.hostname(),
                                config.stateDir(),
                                config.limits().logBytes(),
                                config.engines().harnesses(),
                                config.engines().loads(),
                                config.api().access().keys(),
                                new HostSetup.Waits(
                                        config.engines().memoryReturn(), config.engines().drain()))
                        .start(devices, time);
        HttpClient client = EngineClients.create(CONNECT);
        parts.push(client::shutdownNow);
        parts.push(replicas);
        RestartNotice notice =
                new RestartNotice(
                        new RestartNotice.Waits(config.engines().drain(), config.stop().back()),
                        time);
        FilesWatch files = new FilesWatch(replicas::files, config.engines().filesInterval());
        parts.push(files);
        NeuronApi api =
                new NeuronApi(
                        new NodeRoutes(host, devices, replicas, notice, time),
                        new ModelRoutes(replicas, devices),
                        new EngineDoor(replicas, door(config), client),
                        new FileRoutes(files));
        RunningServer server =
                HttpServers.start(
                        settings(config),
                        ErrorBody.forOperators(),
                        time,
                        tls(config, time),
                        routes -> {
                            routes.addFilter(gatekeeper(config, time));
                            api.register(routes);
                        });
        parts.push(server);
        tellAccess(config);
        return new Neuron(config, server, replicas, notice, parts);
    }

    private static Door door(NeuronConfig config) {
        return new Door(ENGINE_IDLE, new HeldBodies(config.limits().maxBuffered()));
    }

    /// No web page has any business here. An engine may take files, so its door does.
    private static Gatekeeper gatekeeper(NeuronConfig config, Time time) {
        List<String> names = new ArrayList<>(config.api().access().hosts());
        names.add(config.api().listen().host());
        var log = new RefusalLog(time);
        var guard =
                new BrowserGuard(
                        new BrowserGuard.Rules(
                                HostNames.of(names),
                                _ -> false,
                                path -> path.startsWith("/engines/"),
                                new BrowserGuard.Words(
                                        "Use this server's address or host name, or add the name to"
                                                + " hosts in [neuron] of neuron.toml.",
                                        "A neuron is for gateways and tools, not for web pages.")),
                        log);
        return new Gatekeeper(new FleetKeys(config.api().access().keys(), time), guard, log);
    }

    private static @Nullable ReloadingTls tls(NeuronConfig config, Time time) {
        PemFiles files = config.api().access().tls();
        return files == null ? null : new ReloadingTls(files, time);
    }

    private static void tellAccess(NeuronConfig config) {
        ConfigWarning warning = accessWarning(config);
        if (warning != null) {
            LOG.log(Level.WARNING, warning.toString());
        }
    }

    /// What does not work as somebody may think in a configuration that can be used.
    static List<ConfigWarning> warnings(NeuronConfig config) {
        List<ConfigWarning> warnings = new ArrayList<>();
        ConfigWarning access = accessWarning(config);
        if (access != null) {
            warnings.add(access);
        }
        warnings.addAll(HostSetup.warnings(config.engines().harnesses(), config.engines().loads()));
        return warnings;
    }

    /// What an operator may not think of it who may talk to it; null when there is nothing to say.
    static @Nullable ConfigWarning accessWarning(NeuronConfig config) {
        NeuronConfig.Access access = config.api().access();
        if (!config.api().listensOn().equals(config.api().listen())) {
            return new ConfigWarning(
                    "neuron.listen",
                    "without keys it listens on "
                            + config.api().listensOn()
                            + " only, not on "
                            + config.api().listen()
                            + ". Run neuron keys new and put the key into keys, so that gateways on"
                            + " other hosts can use it");
        }
        return access.open() && !access.guarded()
                ? new ConfigWarning(
                        "neuron.open",
                        "everybody who reaches "
                                + config.api().listen()
                                + " may start engines here and use them; put keys into [neuron] of"
                                + " neuron.toml (`neuron keys new` makes one) and take open out")
                : null;
    }

    /// Where the API really listens.
    public HostPort api() {
        return server.address();
    }

    /// Waits until the port is not listened on any more although nobody closed it; says so.
    public String awaitBroken() throws InterruptedException {
        return RunningServer.awaitBroken(server);
    }

    /// Stops as it was asked to, or else as configured; returns what became of the engines.
    public OnStop stop() {
        OnStop asked = RunningNeuron.in(config.stateDir()).asked();
        OnStop how = asked == null ? config.stop().onStop() : asked;
        if (how == OnStop.KEEP) {
            handOver();
        } else {
            close();
        }
        return how;
    }

    /// Leaves the engines to the next neuron over the same state directory. All is served until its
    /// gateways have heard that it is about to be back; then the port and the directory are free,
    /// so that the next one may serve while answers on their way through this one end.
    private void handOver() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        RunningNeuron.in(config.stateDir()).stops();
        LOG.log(Level.INFO, "stopping; the engines go on: telling the gateways");
        notice.begin();
        replicas.keep();
        try {
            if (!notice.awaitTold(config.stop().announce())) {
                LOG.log(Level.WARNING, "not every gateway has asked within announce_timeout");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stopListening();
        replicas.handOver();
        LOG.log(Level.INFO, "waiting for running requests; another neuron may start");
        closeAll(parts);
    }

    /// Stops the server, then the engines, and returns once they are gone.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            RunningNeuron.in(config.stateDir()).stops();
            LOG.log(Level.INFO, "stopping: waiting for running requests");
            closeAll(parts);
        }
    }

    private static void closeAll(Deque<AutoCloseable> parts) {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(Level.ERROR, "while stopping " + part.getClass().getSimpleName(), e);
            }
        }
    }

    private static ServerSettings settings(NeuronConfig config) {
        NeuronConfig.Limits limits = config.limits();
        return ServerSettings.of(config.api().listensOn())
                .withMaxBodyBytes(limits.maxBody())
                .withDrainGrace(config.engines().drain())
                .withClients(
                        limits.maxHeader(),
                        Descriptors.fit(limits.maxConnections()),
                        config.api().clients(),
                        ClientNetwork::isLoopback);
    }

    private static void awaitFirst(Devices devices) {
        try {
            if (!devices.awaitFirst(FIRST_READING)) {
                LOG.log(Level.WARNING, "the first reading of the devices takes long; starting");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
