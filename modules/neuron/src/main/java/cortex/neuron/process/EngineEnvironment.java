package cortex.neuron.process;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Which of this program's environment variables an engine is started with: those that programs and
/// drivers need, and no other. Nothing of this program's own settings and secrets is among them,
/// nor its line to systemd, over which an engine could speak in its name. Immutable.
public final class EngineEnvironment {
    /// A name, or the beginning of names with `*` after it.
    private static final Set<String> USUAL =
            Set.of(
                    "PATH",
                    "HOME",
                    "USER",
                    "LOGNAME",
                    "SHELL",
                    "LANG",
                    "LANGUAGE",
                    "LC_*",
                    "TZ",
                    "TMPDIR",
                    "TEMP",
                    "TMP",
                    "LD_LIBRARY_PATH",
                    "XDG_CACHE_HOME",
                    "CUDA_*",
                    "NVIDIA_*",
                    "NCCL_*",
                    "CUBLAS_*",
                    "HIP_*",
                    "ROCR_*",
                    "ROCM_*",
                    "HSA_*",
                    "AMD_*",
                    "GPU_*",
                    "VK_*",
                    "GGML_*",
                    "SYCL_*",
                    "ONEAPI_*",
                    "ZE_*",
                    "MTL_*",
                    "OMP_*",
                    "GOMP_*",
                    "KMP_*",
                    "MKL_*",
                    "OPENBLAS_*",
                    "RAYON_NUM_THREADS",
                    "DEMO_*",
                    "LLAMA_CACHE",
                    "HF_HOME",
                    "HF_HUB_CACHE",
                    "HUGGINGFACE_HUB_CACHE",
                    "HF_HUB_OFFLINE",
                    "LLAMA_OFFLINE",
                    "LLAMA_ARG_OFFLINE");

    /// What an engine that downloads needs besides.
    private static final Set<String> DOWNLOADS =
            Set.of(
                    "HF_TOKEN",
                    "HUGGING_FACE_HUB_TOKEN",
                    "HF_ENDPOINT",
                    "MODEL_ENDPOINT",
                    "SSL_CERT_FILE",
                    "SSL_CERT_DIR",
                    "HTTP_PROXY",
                    "HTTPS_PROXY",
                    "ALL_PROXY",
                    "NO_PROXY",
                    "http_proxy",
                    "https_proxy",
                    "all_proxy",
                    "no_proxy");

    /// Never, whatever the operator names: they belong to this program alone.
    private static final Set<String> OWN =
            Set.of(
                    "NEURON_*",
                    "CORTEX_*",
                    "WATCHDOG_*",
                    "LISTEN_*",
                    "NOTIFY_SOCKET",
                    "CREDENTIALS_DIRECTORY");

    private final Map<String, String> variables;
    private final List<String> added;

    /// Picks from `own`; `pass` are names that the operator adds.
    public EngineEnvironment(Map<String, String> own, List<String> pass) {
        Map<String, String> picked = new LinkedHashMap<>();
        own.forEach((name, value) -> {
            boolean wanted =
                    matches(USUAL, name) || matches(DOWNLOADS, name) || matches(pass, name);
            if (wanted && !matches(OWN, name)) {
                picked.put(name, value);
            }
        });
        Set<String> secrets =
                own.entrySet().stream()
                        .filter(variable -> matches(OWN, variable.getKey()))
                        .map(Map.Entry::getValue)
                        .filter(EngineEnvironment::mayBeSecret)
                        .collect(Collectors.toSet());
        picked.values().removeIf(secrets::contains);
        this.variables = Map.copyOf(picked);
        this.added = List.copyOf(pass);
    }

    /// Names and values for an engine, and those too by which it `downloads` if it does.
    public Map<String, String> variables(boolean downloads) {
        Map<String, String> given = new LinkedHashMap<>(variables);
        if (!downloads) {
            given.keySet().removeIf(name -> matches(DOWNLOADS, name) && !matches(added, name));
        }
        return given;
    }

    /// Long enough for a key, and no path or address.
    private static boolean mayBeSecret(String value) {
        return value.length() >= 16 && value.matches("[\\w+=.-]+");
    }

    private static boolean matches(Collection<String> patterns, String name) {
        return patterns.stream()
                .anyMatch(pattern ->
                        pattern.endsWith("*")
                                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                                : name.equals(pattern));
    }
}
