package cortex.core.dialect;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;

/// What in a request has to be looked at before an engine gets it as it came.
///
/// @param engineFields the fields of {@link #ENGINES_OWN} that it holds
/// @param media what its turns or prompts hold besides text
/// @param cap how many tokens it says its answer may have
/// @param foreignTools whether it lists tools that its client does not run itself
public record RequestNotices(Set<String> engineFields, Media media, Cap cap, boolean foreignTools) {
    /// Nothing.
    public static final RequestNotices NONE =
            new RequestNotices(Set.of(), Media.NONE, Cap.NONE, false);

    /// Fields by which some engine is told how many tokens an answer may have. All read
    /// `max_tokens`.
    public static final List<String> CAPS =
            List.of(
                    "max_tokens",
                    "max_completion_tokens",
                    "n_predict",
                    "max_new_tokens",
                    "max_output_tokens",
                    "num_predict");

    /// The types of tools that the client runs. Others are the server's: mistral.rs searches the
    /// web and runs code and commands on its own host for them.
    public static final Set<String> CLIENTS_TOOLS = Set.of("function", "custom");

    /// Fields of engines that reach beyond the request they stand in: they pin slots and adapters
    /// that others use, tell of what others have cached, run tools or code on the engine's host,
    /// read its files, make answers run on past their end, or are meant for the server itself
    /// (llama-server's tools/server/server-schema.cpp of August 2026, mistral.rs 0.9.2's openai.rs,
    /// vLLM's protocol.py, SGLang's protocol.py). Some lead into code that only the server's own
    /// words were meant for: triggers of grammars, embeddings as files, processors as programs.
    public static final Set<String> ENGINES_OWN =
            Set.of(
                    "id_slot",
                    "slot_id",
                    "lora",
                    "adapter",
                    "cache_prompt",
                    "n_cache_reuse",
                    "image_data",
                    "chat_format",
                    "chat_parser",
                    "chat_template",
                    "sse_ping_interval",
                    "verbose",
                    "ignore_eos",
                    "session_id",
                    "files",
                    "enable_shell",
                    "agent_permission",
                    "code_execution_permission",
                    "max_tool_rounds",
                    "tool_dispatch_url",
                    "web_search_options",
                    "kv_transfer_params",
                    "priority",
                    "vllm_xargs",
                    "mm_processor_kwargs",
                    "media_io_kwargs",
                    "t_max_predict_ms",
                    "response_fields",
                    "generation_prompt",
                    "grammar_lazy",
                    "grammar_triggers",
                    "grammar_type",
                    "preserved_tokens",
                    "backend_sampling",
                    "ec_transfer_params",
                    "request_id",
                    "rid",
                    "prompt_embeds",
                    "logits_processors",
                    "guided_decoding_backend",
                    "custom_logit_processor",
                    "custom_params",
                    "session_params",
                    "lora_path",
                    "bootstrap_host",
                    "bootstrap_port",
                    "bootstrap_room",
                    "data_parallel_rank",
                    "adapter_id",
                    "adapter_source");

    /// Arguments for chat templates that are none: they would stand in for the template itself, or
    /// for how it is used.
    public static final Set<String> TEMPLATES_OWN = Set.of("chat_template", "tokenize");

    /// Fields under which engines look for images, sounds and films beside turns.
    public static final Set<String> MEDIA =
            Set.of(
                    "image_url",
                    "video_url",
                    "audio_url",
                    "input_audio",
                    "input_image",
                    "image",
                    "images",
                    "video",
                    "videos",
                    "audio",
                    "multimodal_data");

    /// Fields of turns that some engine takes images, sounds, films or files from, or might.
    public static final Set<String> BESIDE =
            Stream.concat(MEDIA.stream(), Stream.of("image_data", "file", "file_url", "files"))
                    .collect(Collectors.toUnmodifiableSet());

    public RequestNotices {
        engineFields = Set.copyOf(engineFields);
    }

    /// How many tokens a request says its answer may have.
    ///
    /// @param field the one field that says so, by a number; null when none does, or more than one,
    ///   or something else stands there, which engines read each in its own way
    /// @param most the greatest number; `Long.MAX_VALUE` for what is no number, or endless
    /// @param said whether any field is there that might say so
    public record Cap(@Nullable String field, long most, boolean said) {
        /// Nothing said.
        public static final Cap NONE = new Cap(null, 0, false);

        /// This and one more field.
        Cap and(String name, long asked) {
            boolean plain = !said && asked < Long.MAX_VALUE;
            return new Cap(plain ? name : null, Math.max(most, asked), true);
        }
    }

    /// What there is besides text.
    public enum Media {
        /// Nothing.
        NONE,
        /// Images as data, in forms that all engines read.
        PLAIN,
        /// Something else: addresses, sounds, films, files, or what only looks like one.
        OTHER
    }

    /// Notices while a body is read.
    static final class Watch {
        private static final int TURN = 2;
        private static final int PART = 4;

        /// Fields of content parts and of tool calls, which stand as deep, that hold but text.
        private static final Set<String> TEXTS =
                Set.of(
                        "type",
                        "text",
                        "cache_control",
                        "refusal",
                        "thinking",
                        "signature",
                        "id",
                        "index",
                        "function");

        /// Says of a request how its answer is to sound (OpenAI's API), and of a turn what it says.
        private static final String SPOKEN = "audio";

        private final Set<String> engineFields = new TreeSet<>();
        private final ImagePart image;
        private boolean media;
        private boolean other;
        private Cap cap = Cap.NONE;
        private boolean foreignTools;

        Watch(byte[] body) {
            this.image = new ImagePart(body);
        }

        /// A field of the request itself; the parser stands on its value.
        void field(String name, JsonParser json, JsonToken token) {
            if (ENGINES_OWN.contains(name)) {
                engineFields.add(name);
            } else if (CAPS.contains(name)) {
                cap = cap.and(name, number(name, json, token));
            } else if (MEDIA.contains(name) && !name.equals(SPOKEN)) {
                other = true;
            }
        }

        /// No engine answers with endless tokens, and not all read such a number.
        private static long number(String name, JsonParser json, JsonToken token) {
            if (!token.isNumeric()) {
                return Long.MAX_VALUE;
            }
            double asked = json.getDoubleValue();
            if (Double.isInfinite(asked)) {
                throw new FailureException(
                        new Failure.BadRequest(name + ": must be a number of tokens", name));
            }
            return asked >= 0 && asked < Long.MAX_VALUE ? (long) Math.ceil(asked) : Long.MAX_VALUE;
        }

        /// An argument for the chat template.
        void templateArgument(String name) {
            if (TEMPLATES_OWN.contains(name)) {
                engineFields.add(name);
            }
        }

        /// The turns are no list.
        void noTurns() {
            other = true;
        }

        /// A token of a list of turns, `depth` arrays and objects deep.
        void turn(JsonParser json, JsonToken token, int depth) {
            if (image.within()) {
                image.token(json, token, depth - PART);
            } else if (token == JsonToken.PROPERTY_NAME) {
                name(json, depth);
            } else if (token.isStructEnd()) {
                return;
            } else if (depth == TURN && "content".equals(json.currentName())) {
                other |=
                        token != JsonToken.START_ARRAY
                                && token != JsonToken.VALUE_STRING
                                && token != JsonToken.VALUE_NULL;
            } else if (depth < PART && depth != TURN) {
                other |= token == JsonToken.START_ARRAY;
            }
        }

        private void name(JsonParser json, int depth) {
            String name = json.currentName();
            if (depth == PART && !TEXTS.contains(name)) {
                media = true;
                boolean part = "content".equals(ofTurn(json));
                if (part && name.equals(ImagePart.FIELD)) {
                    image.begins();
                } else {
                    other = true;
                }
            } else if (depth == TURN) {
                other |= BESIDE.contains(name);
            }
        }

        /// The field of the turn that the parser is in, which stands in a list in it.
        private static @Nullable String ofTurn(JsonParser json) {
            TokenStreamContext list = json.streamReadContext().getParent();
            TokenStreamContext turn = list == null ? null : list.getParent();
            return turn == null ? null : turn.currentName();
        }

        /// A token of a list of tools, `depth` arrays and objects deep.
        void tool(JsonParser json, JsonToken token, int depth) {
            if (depth == TURN
                    && token == JsonToken.VALUE_STRING
                    && "type".equals(json.currentName())) {
                foreignTools |= !CLIENTS_TOOLS.contains(json.getString());
            }
        }

        /// A token of a prompt, or of what else is read or ranked.
        void prompt(JsonParser json, JsonToken token) {
            other |= token == JsonToken.PROPERTY_NAME && MEDIA.contains(json.currentName());
        }

        RequestNotices seen() {
            boolean odd = other || image.odd();
            Media kind = odd ? Media.OTHER : media ? Media.PLAIN : Media.NONE;
            return new RequestNotices(engineFields, kind, cap, foreignTools);
        }
    }

    /// Looks at the `image_url` fields of content parts: each is fine that is an object with one
    /// `url`, of data in a form that all engines read, and nothing else but `detail`.
    private static final class ImagePart {
        static final String FIELD = "image_url";

        private static final List<byte[]> PLAIN =
                List.of(
                        ascii("data:image/png;base64,"),
                        ascii("data:image/jpeg;base64,"),
                        ascii("data:image/gif;base64,"));

        private final byte[] body;
        private boolean within;
        private int urls;
        private boolean odd;

        ImagePart(byte[] body) {
            this.body = body;
        }

        private static byte[] ascii(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        /// The next tokens are the field's value.
        void begins() {
            within = true;
            urls = 0;
        }

        boolean within() {
            return within;
        }

        boolean odd() {
            return odd;
        }

        /// A token of the value, `depth` arrays and objects deep in it.
        void token(JsonParser json, JsonToken token, int depth) {
            if (depth == 0) {
                within = token == JsonToken.START_OBJECT;
                odd |= !within;
            } else if (depth == 1 && token == JsonToken.END_OBJECT) {
                within = false;
                odd |= urls != 1;
            } else if (token == JsonToken.PROPERTY_NAME) {
                boolean url = "url".equals(json.currentName());
                urls += url ? 1 : 0;
                odd |= !url && !"detail".equals(json.currentName());
            } else if ("url".equals(json.currentName())) {
                odd |= token != JsonToken.VALUE_STRING || !isPlain(json);
            } else {
                odd |= !token.isScalarValue();
            }
        }

        private boolean isPlain(JsonParser json) {
            int from = (int) json.currentTokenLocation().getByteOffset() + 1;
            for (byte[] head : PLAIN) {
                int to = from + head.length;
                if (to <= body.length && Arrays.equals(body, from, to, head, 0, head.length)) {
                    return true;
                }
            }
            return false;
        }
    }
}
