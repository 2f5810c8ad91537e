package cortex.neuron.api;

import cortex.core.node.DeviceInfo;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.UnloadRequest;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.Devices;
import cortex.neuron.replica.ReplicaHost;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/// The models of this node: `/models` and all below it. Checks what comes in and hands it to the
/// {@link ReplicaHost}.
public final class ModelRoutes {
    private static final System.Logger LOG = System.getLogger(ModelRoutes.class.getName());

    private final ReplicaHost replicas;
    private final Devices devices;

    /// Routes over the node's replicas and devices.
    public ModelRoutes(ReplicaHost replicas, Devices devices) {
        this.replicas = replicas;
        this.devices = devices;
    }

    List<ModelInfo> list() {
        return replicas.models();
    }

    /// Ensures a model; answers at once.
    LoadResponse load(Fields body) {
        Fields options = body.within("options");
        LoadRequest request =
                new LoadRequest(
                        body.required("model_id"),
                        body.required("harness"),
                        body.text("quant"),
                        body.count("tensor_parallel", 1),
                        devices(body),
                        body.whole("vram_mb", 0),
                        new EngineOptions(
                                new EngineOptions.Origin(
                                        options.text("path"), options.text("source")),
                                options.count("context", 0),
                                options.count("parallel", 1),
                                options.count("gpu_layers", -1),
                                options.shares("tensor_split"),
                                options.text("mmproj"),
                                options.texts("args")));
        LoadResponse response = replicas.load(request);
        LOG.log(
                Level.INFO,
                "loading {0} with {1} on {2} as replica {3}",
                request.modelId(),
                request.harness(),
                request.devices().isEmpty() ? "the CPU" : "devices " + request.devices(),
                response.replica());
        return response;
    }

    /// Unloads; waits until the engine is gone and its memory back.
    UnloadRequest.Answer unload(Fields body) {
        UnloadRequest request =
                new UnloadRequest(
                        body.required("model_id"), body.text("replica"), body.flag("only_if_idle"));
        UnloadRequest.Answer response = replicas.unload(request);
        LOG.log(Level.INFO, "unloaded {0}", request.modelId());
        return response;
    }

    ModelInfo.Endpoint endpoint(String id, String self) {
        ReplicaHost.Endpoint found = replicas.endpoint(id);
        if (found == null) {
            throw new Refusal(
                    404,
                    "not_loaded",
                    "The model '" + id + "' is not loaded here; GET /models tells what is.");
        }
        String url =
                found.direct()
                        ? found.engineUrl().toString()
                        : self + EngineDoor.pathOf(found.replica());
        return new ModelInfo.Endpoint(url, found.engineModel(), found.replica());
    }

    String log(String id) {
        String log = replicas.log(id);
        if (log == null) {
            throw new Refusal(
                    404, "no_log", "No log: no engine was started for model '" + id + "'.");
        }
        return log;
    }

    /// The devices asked for, each of which must be there.
    private List<Integer> devices(Fields body) {
        List<Integer> wanted = body.indexes("devices");
        DeviceSnapshot now = devices.snapshot();
        List<Integer> known = now.infos().stream().map(DeviceInfo::index).toList();
        if (new HashSet<>(wanted).size() < wanted.size()) {
            throw body.bad("devices", "names a device twice");
        }
        for (int index : wanted) {
            if (!known.contains(index)) {
                String why = Objects.requireNonNullElse(now.note(), "It has none.");
                throw body.bad(
                        "devices",
                        known.isEmpty()
                                ? "names device "
                                        + index
                                        + ", but this node knows of no devices ("
                                        + why
                                        + ")"
                                : "names device " + index + ", but this node has " + known);
            }
        }
        return wanted;
    }
}
