package cortex.neuron.config;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.log.LogFormat;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.process.OnStop;
import cortex.relay.connection.ClientLimits;
import cortex.relay.tls.PemFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// neuron.toml, read and checked. Immutable. Sizes are bytes.
public record NeuronConfig(
        Api api,
        Path stateDir,
        Limits limits,
        Probe probe,
        Engines engines,
        Stop stop,
        LogFormat logFormat) {
    /// How it ends: what becomes of its engines; with {@link OnStop#KEEP} how long its gateways may
    /// take to hear of it, and how long it takes until the next one serves.
    public record Stop(OnStop onStop, Duration announce, Duration back) {
        /// Its engines end with it.
        public static final Stop UNLOADING =
                new Stop(OnStop.UNLOAD, Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    /// Where and whom it serves: `clients` is what it bears from each.
    public record Api(HostPort listen, Access access, ClientLimits clients) {
        /// Where it listens in truth: on loopback only while anybody might be at the other end.
        public HostPort listensOn() {
            return access.guarded() || access.open() || isLoopback(listen.host())
                    ? listen
                    : new HostPort("127.0.0.1", listen.port());
        }

        private static boolean isLoopback(String host) {
            return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        }
    }

    /// What it runs: `loads` is what a load may name, `drain` how long running requests may go on
    /// when something is stopped, `memoryReturn` how long device memory may take to come back after
    /// an engine ended, `filesInterval` how often models' files are looked for.
    public record Engines(
            List<HarnessConfig> harnesses,
            LoadPolicy.Rules loads,
            Duration drain,
            Duration memoryReturn,
            Duration filesInterval) {
        /// How often models' files are looked for, usually.
        public static final Duration FILES = Duration.ofSeconds(5);

        public Engines {
            harnesses = List.copyOf(harnesses);
        }

        /// With files looked for as usual.
        public Engines(
                List<HarnessConfig> harnesses,
                LoadPolicy.Rules loads,
                Duration drain,
                Duration memoryReturn) {
            this(harnesses, loads, drain, memoryReturn, FILES);
        }
    }

    /// Who may talk to it: whoever has one of `keys`; without any, programs on this host, or with
    /// `open` everybody. `hosts` are the names it is called by besides its addresses and its
    /// machine's own; with `tls` it speaks TLS, and lets in only whom its authorities name.
    public record Access(
            List<Secret> keys, boolean open, List<String> hosts, @Nullable PemFiles tls) {
        public Access {
            keys = List.copyOf(keys);
            hosts = List.copyOf(hosts);
        }

        /// Nobody from elsewhere.
        public static final Access LOCAL = new Access(List.of(), false, List.of(), null);

        /// Whether those who come from elsewhere must show who they are.
        public boolean guarded() {
            return !keys.isEmpty() || (tls != null && tls.authorities() != null);
        }
    }

    /// What a client may send to the relay door; `maxBuffered` bounds the small bodies that are
    /// held in case they must be sent again; `logBytes` is kept of each engine's output.
    public record Limits(
            int maxBody, int maxHeader, int maxConnections, int logBytes, long maxBuffered) {
        /// With the usual room for bodies.
        public Limits(int maxBody, int maxHeader, int maxConnections, int logBytes) {
            this(maxBody, maxHeader, maxConnections, logBytes, 32L << 20);
        }
    }

    /// The reading of devices: of these vendors, NVIDIA's by the command `nvidiaSmi` (a name on the
    /// PATH or a path), every `interval`. A tool that hangs is killed after `timeout`.
    public record Probe(
            List<String> vendors, String nvidiaSmi, Duration interval, Duration timeout) {
        public Probe {
            vendors = List.copyOf(vendors);
        }
    }

    /// One `[[harnesses]]` entry: with `remote` an engine that runs already, else one that is
    /// started for each model as `started` says. `direct` makes the neuron hand out the engine's
    /// own URL.
    public record HarnessConfig(
            String name,
            @Nullable Remote remote,
            Started started,
            boolean direct,
            Patience patience) {}

    /// How long an engine is waited for: `stopGrace` between TERM and KILL, `stall` for a load that
    /// makes no progress. A ready one is taken for frozen that says nothing for `silence`, or makes
    /// no progress with its requests for `work`.
    public record Patience(Duration stopGrace, Duration stall, Duration silence, Duration work) {
        /// The usual wait for a ready engine that says nothing.
        public static final Duration SILENCE = Duration.ofSeconds(30);

        /// The usual wait for progress: a slow processor may work at one batch for minutes.
        public static final Duration WORK = Duration.ofMinutes(10);

        /// One with the usual waits for ready engines.
        public Patience(Duration stopGrace, Duration stall) {
            this(stopGrace, stall, SILENCE, WORK);
        }
    }

    /// An engine that runs already: its base URL, and the systemd unit behind it.
    public record Remote(URI endpoint, @Nullable String unit) {}

    /// How engines are started. `binary` is the program, which only the demo harness needs not;
    /// `env` is added to their environment, `allowArgs` are flags that a load may set besides those
    /// that tune, `passEnv` names of this program's variables that they get besides the usual ones.
    public record Started(
            @Nullable String binary,
            @Nullable PortRange ports,
            List<String> args,
            List<String> env,
            List<String> allowArgs,
            List<String> passEnv) {
        public Started {
            args = List.copyOf(args);
            env = List.copyOf(env);
            allowArgs = List.copyOf(allowArgs);
            passEnv = List.copyOf(passEnv);
        }
    }

    /// Ports engines may listen on, both ends included.
    public record PortRange(int first, int last) {}
}
