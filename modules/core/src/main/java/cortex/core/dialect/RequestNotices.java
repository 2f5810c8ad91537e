package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// What in a request has to be looked at before an engine gets it as it came.
///
/// @param engineFields the fields of {@link #ENGINES_OWN} that it holds
/// @param media what its turns or prompts hold besides text
/// @param capped whether it says how many tokens its answer may have
/// @param cap the greatest number it says; `Long.MAX_VALUE` for what is no number, or endless
/// @param foreignTools whether it lists tools that its client does not run itself
public record RequestNotices(
        Set<String> engineFields, Media media, boolean capped, long cap, boolean foreignTools) {
    /// Nothing.
    public static final RequestNotices NONE =
            new RequestNotices(Set.of(), Media.NONE, false, 0, false);

    /// Fields that say how many tokens an answer may have; llama-server's come first.
    public static final List<String> CAPS =
            List.of("n_predict", "max_completion_tokens", "max_tokens");

    /// The types of tools that the client runs. Others are the server's: mistral.rs searches the
    /// web and runs code and commands on its own host for them.
    public static final Set<String> CLIENTS_TOOLS = Set.of("function", "custom");

    /// Fields of engines that reach beyond the request they stand in: they pin slots and adapters
    /// that others use, tell of what others have cached, run tools or code on the engine's host,
    /// read its files, make answers run on past their end, or are meant for the server itself
    /// (llama-server's tools/server/server-schema.cpp of August 2026, mistral.rs 0.9.2's openai.rs,
    /// vLLM's protocol.py).
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
                    "mm_processor_kwargs");

    public RequestNotices {
        engineFields = Set.copyOf(engineFields);
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
        private static final String IMAGE = "image_url";

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

        /// Fields of turns that some engines take images from.
        private static final Set<String> BESIDE = Set.of("images", "image", "videos", "audio");

        private static final List<byte[]> PLAIN =
                List.of(
                        ascii("data:image/png;base64,"),
                        ascii("data:image/jpeg;base64,"),
                        ascii("data:image/gif;base64,"));

        private final byte[] body;
        private final Set<String> engineFields = new TreeSet<>();
        private int media;
        private int images;
        private int addresses;
        private int plain;
        private boolean capped;
        private long cap;
        private boolean foreignTools;

        Watch(byte[] body) {
            this.body = body;
        }

        private static byte[] ascii(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        /// A field of the request itself; the parser stands on its value.
        void field(String name, JsonParser json, JsonToken token) {
            if (ENGINES_OWN.contains(name)) {
                engineFields.add(name);
            } else if (token != JsonToken.VALUE_NULL && CAPS.contains(name)) {
                capped = true;
                cap = Math.max(cap, number(json, token));
            }
        }

        private static long number(JsonParser json, JsonToken token) {
            if (!token.isNumeric()) {
                return Long.MAX_VALUE;
            }
            double asked = json.getDoubleValue();
            return asked >= 0 && asked < Long.MAX_VALUE ? (long) Math.ceil(asked) : Long.MAX_VALUE;
        }

        /// A token of a list of turns, `depth` arrays and objects deep.
        void turn(JsonParser json, JsonToken token, int depth) {
            if (token == JsonToken.PROPERTY_NAME) {
                if (depth == PART && !TEXTS.contains(json.currentName())) {
                    media++;
                    images += IMAGE.equals(json.currentName()) ? 1 : 0;
                } else if (depth == TURN && BESIDE.contains(json.currentName())) {
                    media++;
                }
            } else if (depth > PART
                    && token == JsonToken.VALUE_STRING
                    && "url".equals(json.currentName())) {
                addresses++;
                plain += isPlain(json) ? 1 : 0;
            }
        }

        /// A token of a list of tools, `depth` arrays and objects deep.
        void tool(JsonParser json, JsonToken token, int depth) {
            if (depth == TURN
                    && token == JsonToken.VALUE_STRING
                    && "type".equals(json.currentName())) {
                foreignTools |= !CLIENTS_TOOLS.contains(json.getString());
            }
        }

        /// The name of a field of a prompt.
        void prompt(JsonParser json, JsonToken token) {
            if (token == JsonToken.PROPERTY_NAME && json.currentName().equals("multimodal_data")) {
                media++;
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

        RequestNotices seen() {
            boolean allPlain = media == images && images == addresses && addresses == plain;
            Media kind = media == 0 ? Media.NONE : allPlain ? Media.PLAIN : Media.OTHER;
            return new RequestNotices(engineFields, kind, capped, cap, foreignTools);
        }
    }
}
