package cortex.demo.llama;

import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import java.io.IOException;
import java.util.List;
import java.util.StringJoiner;

/// What llama-server tells about itself: models, props, slots.
final class InfoRoutes {
    /// What is told of the model's chat template, which is never rendered.
    private static final String TEMPLATE =
            "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\\n' + m.content +"
                    + " '<|im_end|>\\n' -}}{%- endfor -%}{{- '<|im_start|>assistant\\n' -}}";

    private final Service service;

    InfoRoutes(Service service) {
        this.service = service;
    }

    void models(Response response) throws IOException {
        String name = JsonText.quote(service.served().alias());
        StringJoiner aliases = new StringJoiner(",", "[", "]");
        service.served().models().forEach(alias -> aliases.add(JsonText.quote(alias)));
        boolean vision = service.abilities().vision();
        Service.json(
                response,
                """
                {"models":[{"name":%s,"model":%s,"type":"model","capabilities":[%s],\
                "details":{"format":"gguf"}}],"object":"list",\
                "data":[{"id":%s,"aliases":%s,"tags":[],"object":"model","created":%d,\
                "owned_by":"llamacpp","meta":{"vocab_type":true,"n_vocab":32000,"n_ctx":%d,\
                "n_ctx_train":131072,"n_embd":64,"n_params":122560,"size":490240,\
                "ftype":"all F32"}}]}\
                """
                        .formatted(
                                name,
                                name,
                                vision ? "\"completion\",\"multimodal\"" : "\"completion\"",
                                name,
                                aliases,
                                service.time().now().getEpochSecond(),
                                service.slots().context()));
    }

    void props(Response response) throws IOException {
        Service.json(
                response,
                """
                {"default_generation_settings":{"n_ctx":%d},"total_slots":%d,"model_alias":%s,\
                "model_path":%s,"modalities":{"vision":%b,"video":false,"audio":%b},\
                "endpoint_slots":true,"endpoint_props":false,"endpoint_metrics":false,\
                "chat_template":%s,"chat_template_caps":{"supports_object_arguments":true,\
                "supports_parallel_tool_calls":true,"supports_string_content":true,\
                "supports_system_role":true,"supports_tool_calls":true,"supports_tools":true,\
                "supports_typed_content":false},"bos_token":"<s>","eos_token":"<|im_end|>",\
                "build_info":"%s","is_sleeping":false}\
                """
                        .formatted(
                                service.slots().context(),
                                service.slots().busy().size(),
                                JsonText.quote(service.served().alias()),
                                JsonText.quote(service.served().path()),
                                service.abilities().vision(),
                                service.abilities().vision(),
                                JsonText.quote(TEMPLATE),
                                Wire.FINGERPRINT));
    }

    void slots(Response response) throws IOException {
        StringJoiner all = new StringJoiner(",", "[", "]");
        List<Boolean> busy = service.slots().busy();
        for (int i = 0; i < busy.size(); i++) {
            all.add(
                    """
                    {"id":%d,"n_ctx":%d,"speculative":false,"is_processing":%b}\
                    """
                            .formatted(i, service.slots().context(), busy.get(i)));
        }
        Service.json(response, all.toString());
    }
}
