package cortex.neuron.device.vendor;

import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe;
import cortex.neuron.device.DeviceReading;
import cortex.neuron.device.ProcessMemory;
import cortex.neuron.device.vendor.Command.End;
import cortex.neuron.device.vendor.Command.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads NVIDIA devices by running nvidia-smi; what it prints is understood by {@link
/// NvidiaSmiParser}. Keeps between readings what cannot change while the driver stays the same.
/// Used by one thread at a time.
public final class NvidiaSmi implements DeviceProbe {
    /// Runs the tool with these arguments.
    @FunctionalInterface
    interface Runner {
        Result run(List<String> arguments) throws InterruptedException;
    }

    private static final String FORMAT = "--format=csv,noheader,nounits";
    private static final List<String> APPS =
            List.of("--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory", FORMAT);

    private final String name;
    private final Duration timeout;
    private final Runner runner;
    private List<String> fields = NvidiaSmiParser.FIELDS;
    private boolean everStarted;
    private @Nullable ProcessHandle stuck;
    private @Nullable String cudaOfDriver;
    private @Nullable String cudaVersion;

    /// `command` is a path or a name on the PATH; each run of it is killed after `timeout`.
    public NvidiaSmi(String command, Duration timeout) {
        this(
                command,
                timeout,
                arguments -> {
                    List<String> argv = new ArrayList<>(List.of(command));
                    argv.addAll(arguments);
                    return Command.run(argv, timeout);
                });
    }

    NvidiaSmi(String command, Duration timeout, Runner runner) {
        this.name = command;
        this.timeout = timeout;
        this.runner = runner;
    }

    @Override
    public String vendor() {
        return NvidiaSmiParser.VENDOR;
    }

    /// CUDA counts as nvidia-smi does only with the order by bus.
    @Override
    public Map<String, String> environment(List<Bound> devices) {
        return Map.of(
                "CUDA_DEVICE_ORDER", "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES", Bound.list(devices));
    }

    @Override
    public DeviceReading read() throws InterruptedException {
        ProcessHandle hung = stuck;
        if (hung != null && hung.isAlive()) {
            return DeviceReading.failed(
                    name
                            + " (process "
                            + hung.pid()
                            + ") hangs inside the driver and cannot be killed;"
                            + " the host most likely needs a reboot.");
        }
        stuck = null;
        Result result = query();
        List<NvidiaSmiParser.Row> rows = NvidiaSmiParser.rows(fields, result.out());
        if (result.end() != End.EXITED || rows.isEmpty()) {
            return withoutRows(result);
        }
        List<Device> devices =
                devices(rows).stream()
                        .sorted(Comparator.comparingInt(device -> device.info().index()))
                        .toList();
        return new DeviceReading(
                true,
                with(cuda(rows.getFirst().driverVersion()), devices),
                processes(devices),
                result.exit() == 0 ? null : "Some devices cannot be read. " + said(result));
    }

    /// Asks for all fields; a field this version does not know is left out from then on.
    private Result query() throws InterruptedException {
        while (true) {
            Result result = run(List.of("--query-gpu=" + String.join(",", fields), FORMAT));
            String unknown = NvidiaSmiParser.unknownField(result.out() + result.err());
            if (unknown == null || !NvidiaSmiParser.OPTIONAL.contains(unknown)) {
                return result;
            }
            List<String> fewer = fields.stream().filter(f -> !f.equals(unknown)).toList();
            if (fewer.size() == fields.size()) {
                return result;
            }
            fields = fewer;
        }
    }

    private Result run(List<String> arguments) throws InterruptedException {
        Result result = runner.run(arguments);
        stuck = result.stuck();
        everStarted |= result.end() != End.NOT_STARTED;
        return result;
    }

    private DeviceReading withoutRows(Result result) {
        if (notInstalled(result)) {
            return none("No NVIDIA devices: " + name + " not found on the PATH.");
        }
        if (NvidiaSmiParser.saysNoDevices(result.out() + result.err())) {
            return none(name + " finds no devices.");
        }
        return DeviceReading.failed(
                switch (result.end()) {
                    case NOT_STARTED ->
                            name
                                    + " cannot be started"
                                    + (everStarted ? " any more: " : ", so no NVIDIA devices: ")
                                    + result.err().strip();
                    case TIMED_OUT ->
                            name
                                    + " did not answer within "
                                    + timeout.toMillis() / 1000.0
                                    + " s and was killed; the driver may be hung.";
                    case TOO_MUCH -> name + " printed far too much and was killed.";
                    case EXITED -> said(result);
                });
    }

    private static DeviceReading none(String note) {
        return new DeviceReading(true, List.of(), List.of(), note);
    }

    /// A host without a driver has no tool either, and nothing is wrong with it; one that had it,
    /// or whose neuron.toml says where it is, has lost it.
    private boolean notInstalled(Result result) {
        return result.end() == End.NOT_STARTED
                && !everStarted
                && !name.contains("/")
                && result.err().contains("no such program");
    }

    /// What the tool said, in one line, with its exit code.
    private String said(Result result) {
        String text = NvidiaSmiParser.oneLine(result.err() + "\n" + result.out());
        String hint =
                text.contains("Driver/library version mismatch")
                        ? " The driver was updated under the running kernel module: reboot, or"
                                + " reload the module."
                        : "";
        return name
                + (text.isEmpty() ? " said nothing" : " says: " + text)
                + " (exit "
                + result.exit()
                + ")"
                + hint;
    }

    /// The rows as devices, each GPU in MIG mode replaced by its instances, which are what a
    /// process can use of it.
    private List<Device> devices(List<NvidiaSmiParser.Row> rows) throws InterruptedException {
        if (rows.stream().noneMatch(NvidiaSmiParser.Row::mig)) {
            return rows.stream().map(NvidiaSmiParser.Row::device).toList();
        }
        Result list = run(List.of("-L"));
        Result xml = run(List.of("-q", "-x"));
        return MigParser.replace(rows, list.out(), xml.out());
    }

    /// Memory by process, null when it cannot be had.
    private @Nullable List<ProcessMemory> processes(List<Device> devices)
            throws InterruptedException {
        Result result = run(APPS);
        if (!result.ok()) {
            return null;
        }
        Map<String, Integer> indexes = new HashMap<>();
        for (Device device : devices) {
            String uuid = device.info().uuid();
            if (uuid != null) {
                indexes.put(uuid, device.info().index());
            }
        }
        return NvidiaSmiParser.processes(result.out(), indexes);
    }

    /// The devices with the newest CUDA among what they can do.
    private static List<Device> with(@Nullable String cuda, List<Device> devices) {
        return cuda == null
                ? devices
                : devices.stream()
                        .map(one ->
                                new Device(
                                        NvidiaSmiParser.with(one.info(), "cuda", cuda),
                                        one.health()))
                        .toList();
    }

    /// The newest CUDA the driver can serve; asked once for each driver version.
    private @Nullable String cuda(@Nullable String driver) throws InterruptedException {
        if (cudaVersion == null || !Objects.equals(driver, cudaOfDriver)) {
            String version = NvidiaSmiParser.cudaVersion(run(List.of("--version")).out());
            cudaVersion =
                    version != null ? version : NvidiaSmiParser.cudaVersion(run(List.of()).out());
            cudaOfDriver = driver;
        }
        return cudaVersion;
    }
}
