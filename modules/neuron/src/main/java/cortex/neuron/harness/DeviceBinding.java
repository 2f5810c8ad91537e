package cortex.neuron.harness;

import cortex.core.node.DeviceInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Binds an engine to its devices by environment, before its first driver call: an engine that sees
/// other devices makes a context of about 0.5 GB on each, whatever its own flags say. Pure.
final class DeviceBinding {
    private DeviceBinding() {}

    /// The variables for these devices: by UUID where all are known (indexes may change), else by
    /// index in the driver's order. No devices: the engine sees none.
    static Map<String, String> environment(Harness.Launch launch) {
        List<Integer> wanted = launch.request().devices();
        Map<String, String> variables = new LinkedHashMap<>();
        String indexes = wanted.stream().map(String::valueOf).collect(Collectors.joining(","));
        variables.put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        variables.put("CUDA_VISIBLE_DEVICES", uuids(launch, indexes));
        // ROCm takes an empty list for "all", so none is an index that cannot be.
        variables.put("HIP_VISIBLE_DEVICES", wanted.isEmpty() ? "-1" : indexes);
        return variables;
    }

    private static String uuids(Harness.Launch launch, String indexes) {
        List<DeviceInfo> known = launch.devices();
        boolean all =
                known.size() == launch.request().devices().size()
                        && known.stream().allMatch(device -> device.uuid() != null);
        return all
                ? known.stream().map(DeviceInfo::uuid).collect(Collectors.joining(","))
                : indexes;
    }
}
