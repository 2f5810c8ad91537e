package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What of this program's environment reaches its engines.
class EngineEnvironmentTest {
    private static final String KEY = "fleet-0123456789abcdef0123456789abcdef";

    private static final Map<String, String> OWN =
            Map.ofEntries(
                    Map.entry("PATH", "/usr/bin:/bin"),
                    Map.entry("HOME", "/var/lib/cortex"),
                    Map.entry("LC_ALL", "C.UTF-8"),
                    Map.entry("CUDA_HOME", "/usr/local/cuda"),
                    Map.entry("HSA_OVERRIDE_GFX_VERSION", "11.0.0"),
                    Map.entry("LD_LIBRARY_PATH", "/opt/lib"),
                    Map.entry("HF_HOME", "/cache"),
                    Map.entry("HF_TOKEN", "hf_token"),
                    Map.entry("https_proxy", "http://user:pass@proxy:3128"),
                    Map.entry("NEURON_NEURON__KEYS", KEY),
                    Map.entry("CREDENTIALS_DIRECTORY", "/run/credentials/neuron.service"),
                    Map.entry("NOTIFY_SOCKET", "/run/systemd/notify"),
                    Map.entry("LISTEN_FDS", "1"),
                    Map.entry("WATCHDOG_USEC", "30"),
                    Map.entry("LLAMA_ARG_HOST", "0.0.0.0"),
                    Map.entry("LLAMA_ARG_MODEL_URL", "http://evil.example"),
                    Map.entry("MCP_CONFIG_PATH", "/etc/mcp.json"),
                    Map.entry("LD_PRELOAD", "/x.so"),
                    Map.entry("AWS_SECRET_ACCESS_KEY", "aws"),
                    Map.entry("MY_THING", "1"),
                    Map.entry("CUDA_DISGUISE", KEY),
                    Map.entry("JAVA_TOOL_OPTIONS", "-javaagent:x.jar"));

    @Test
    void onlyWhatProgramsAndDriversNeedGoesOn() {
        assertThat(new EngineEnvironment(OWN, List.of()).variables(false))
                .containsOnlyKeys(
                        "PATH",
                        "HOME",
                        "LC_ALL",
                        "CUDA_HOME",
                        "HSA_OVERRIDE_GFX_VERSION",
                        "LD_LIBRARY_PATH",
                        "HF_HOME");
    }

    @Test
    void aTokenThatTheOperatorNamesIsGivenToAll() {
        assertThat(new EngineEnvironment(OWN, List.of("HF_TOKEN")).variables(false))
                .containsEntry("HF_TOKEN", "hf_token")
                .doesNotContainKey("https_proxy");
    }

    @Test
    void whereNothingIsDownloadedNoTokenIsGiven() {
        assertThat(new EngineEnvironment(OWN, List.of()).variables(true))
                .containsEntry("HF_TOKEN", "hf_token")
                .containsKey("https_proxy");
    }

    @Test
    void theOperatorAddsWhatHeNamesButNeverThisProgramsOwn() {
        List<String> pass =
                List.of("LD_PRELOAD", "MY_*", "NEURON_*", "NOTIFY_SOCKET", "CUDA_DISGUISE", "L*");

        assertThat(new EngineEnvironment(OWN, pass).variables(false))
                .containsEntry("LD_PRELOAD", "/x.so")
                .containsEntry("MY_THING", "1")
                .containsKey("LLAMA_ARG_HOST")
                .doesNotContainKeys(
                        "NEURON_NEURON__KEYS", "NOTIFY_SOCKET", "LISTEN_FDS", "CUDA_DISGUISE")
                .doesNotContainValue(KEY);
    }
}
