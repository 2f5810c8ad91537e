package cortex.demo.llama;

import cortex.demo.flags.Flags;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Tokens;
import cortex.demo.work.Slots;
import cortex.demo.work.Stats;
import cortex.demo.work.Stats.Count;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/// What llama-server tells about itself: models, props, slots, metrics.
final class InfoRoutes {
    /// Sampling settings as they stand in `/props` and native answers.
    static final String SETTINGS =
            "{\"seed\":4294967295,\"temperature\":0.800000011920929,\"top_k\":40,"
                    + "\"top_p\":0.949999988079071,\"min_p\":0.05000000074505806,"
                    + "\"repeat_penalty\":1.0,\"max_tokens\":-1,\"n_predict\":-1,\"n_keep\":0,"
                    + "\"ignore_eos\":false,\"stream\":false,\"n_probs\":0,"
                    + "\"chat_format\":\"Content-only\",\"reasoning_format\":\"none\","
                    + "\"samplers\":[\"penalties\",\"dry\",\"top_n_sigma\",\"top_k\",\"typ_p\","
                    + "\"top_p\",\"min_p\",\"xtc\",\"temperature\"],"
                    + "\"timings_per_token\":false,\"lora\":[]}";

    private static final String COUNTER = "counter";
    private static final String GAUGE = "gauge";

    private final Service service;

    InfoRoutes(Service service) {
        this.service = service;
    }

    void models(Response response) throws IOException {
        Flags flags = service.flags();
        String name = JsonText.quote(flags.alias());
        StringJoiner aliases = new StringJoiner(",", "[", "]");
        flags.models().forEach(alias -> aliases.add(JsonText.quote(alias)));
        String capabilities = flags.vision() ? "\"completion\",\"multimodal\"" : "\"completion\"";
        Service.json(
                response,
                ("{\"models\":[{\"name\":%s,\"model\":%s,\"modified_at\":\"\",\"size\":\"\","
                                + "\"digest\":\"\",\"type\":\"model\",\"description\":\"\","
                                + "\"tags\":[\"\"],\"capabilities\":[%s],\"parameters\":\"\","
                                + "\"details\":{\"parent_model\":\"\",\"format\":\"gguf\","
                                + "\"family\":\"\",\"families\":[\"\"],\"parameter_size\":\"\","
                                + "\"quantization_level\":\"\"}}],\"object\":\"list\",\"data\":["
                                + "{\"id\":%s,\"aliases\":%s,\"tags\":[],\"object\":\"model\","
                                + "\"created\":%d,\"owned_by\":\"llamacpp\",\"meta\":{"
                                + "\"vocab_type\":true,\"n_vocab\":%d,\"n_ctx\":%d,"
                                + "\"n_ctx_train\":131072,\"n_embd\":64,\"n_params\":122560,"
                                + "\"size\":490240,\"ftype\":\"all F32\"}}]}")
                        .formatted(
                                name,
                                name,
                                capabilities,
                                name,
                                aliases,
                                service.time().now().getEpochSecond(),
                                Tokens.VOCABULARY,
                                service.slots().context()));
    }

    void props(Response response) throws IOException {
        Flags flags = service.flags();
        Service.json(
                response,
                ("{\"default_generation_settings\":{\"params\":%s,\"n_ctx\":%d},"
                                + "\"total_slots\":%d,\"model_alias\":%s,\"model_ftype\":"
                                + "\"all F32\",\"model_path\":%s,\"modalities\":{\"vision\":%b,"
                                + "\"video\":false,\"audio\":false},\"endpoint_slots\":true,"
                                + "\"endpoint_props\":false,\"endpoint_metrics\":%b,\"ui\":false,"
                                + "\"ui_settings\":{},\"chat_template\":%s,"
                                + "\"chat_template_caps\":{\"supports_object_arguments\":true,"
                                + "\"supports_parallel_tool_calls\":true,"
                                + "\"supports_string_content\":true,"
                                + "\"supports_system_role\":true,\"supports_tool_calls\":true,"
                                + "\"supports_tools\":true,\"supports_typed_content\":false},"
                                + "\"bos_token\":\"<s>\",\"eos_token\":\"<|im_end|>\","
                                + "\"build_info\":\"%s\",\"is_sleeping\":false,"
                                + "\"cors_proxy_enabled\":false}")
                        .formatted(
                                SETTINGS,
                                service.slots().context(),
                                service.slots().views().size(),
                                JsonText.quote(flags.alias()),
                                JsonText.quote(flags.modelPath()),
                                flags.vision(),
                                flags.metrics(),
                                JsonText.quote(flags.template()),
                                Wire.FINGERPRINT));
    }

    void slots(Response response) throws IOException {
        StringJoiner all = new StringJoiner(",", "[", "]");
        for (Slots.View slot : service.slots().views()) {
            String first =
                    "{\"id\":%d,\"n_ctx\":%d,\"speculative\":false,\"is_processing\":%b"
                            .formatted(slot.id(), service.slots().context(), slot.busy());
            all.add(slot.task() < 0 ? first + "}" : first + used(slot));
        }
        Service.json(response, all.toString());
    }

    private static String used(Slots.View slot) {
        return (",\"id_task\":%d,\"n_prompt_tokens\":%d,\"params\":%s,\"next_token\":[{"
                        + "\"has_next_token\":%b,\"has_new_line\":false,\"n_remain\":-1,"
                        + "\"n_decoded\":%d}]}")
                .formatted(
                        slot.task(), slot.promptTokens(), SETTINGS, slot.busy(), slot.generated());
    }

    void metrics(Response response) throws IOException, LlamaErrorException {
        if (!service.flags().metrics()) {
            throw LlamaErrorException.server(
                    501,
                    "This server does not support metrics endpoint. Start it with `--metrics`");
        }
        Stats stats = service.stats();
        double promptSeconds = stats.get(Count.PROMPT_NANOS) / 1e9;
        double tokenSeconds = stats.get(Count.TOKEN_NANOS) / 1e9;
        long read = stats.get(Count.PROMPT_TOKENS);
        long generated = stats.get(Count.ENDED_TOKENS);
        StringBuilder text = new StringBuilder();
        metric(text, "prompt_tokens_total", COUNTER, read);
        metric(text, "prompt_tokens_cached_total", COUNTER, stats.get(Count.CACHED_TOKENS));
        metric(text, "prompt_seconds_total", COUNTER, promptSeconds);
        metric(text, "tokens_predicted_total", COUNTER, generated);
        metric(text, "tokens_predicted_seconds_total", COUNTER, tokenSeconds);
        metric(text, "n_decode_total", COUNTER, stats.get(Count.TOKENS));
        metric(text, "prompt_tokens_seconds", GAUGE, rate(read, promptSeconds));
        metric(text, "predicted_tokens_seconds", GAUGE, rate(generated, tokenSeconds));
        metric(text, "requests_processing", GAUGE, service.slots().active());
        metric(text, "requests_deferred", GAUGE, service.slots().queued());
        metric(text, "n_busy_slots_per_decode", GAUGE, service.slots().active());
        response.send(
                200, "text/plain; version=0.0.4", text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static double rate(long count, double seconds) {
        return seconds == 0 ? 0 : count / seconds;
    }

    private static void metric(StringBuilder text, String name, String type, Number value) {
        text.append("# HELP llamacpp:").append(name).append(' ').append(name.replace('_', ' '));
        text.append("\n# TYPE llamacpp:").append(name).append(' ').append(type);
        text.append("\nllamacpp:").append(name).append(' ').append(value).append('\n');
    }
}
