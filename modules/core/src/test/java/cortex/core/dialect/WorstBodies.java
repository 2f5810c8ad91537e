package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// The dearest request bodies of each API: each list that one holds, long, in the shapes that
/// translations have stumbled over. For tests of what a request costs.
public final class WorstBodies {
    private static final String PNG = "data:image/png;base64,iVBORw0KGgo=";

    private final List<Shape> shapes = new ArrayList<>();
    private Api api = Api.CHAT;

    private WorstBodies() {}

    /// The APIs, as their paths tell them apart.
    public enum Api {
        /// Chat completions.
        CHAT,
        /// Completions.
        COMPLETIONS,
        /// Anthropic Messages.
        MESSAGES,
        /// The tokens of an Anthropic Messages request.
        COUNT_TOKENS,
        /// OpenAI Responses.
        RESPONSES,
        /// Embeddings.
        EMBEDDINGS,
        /// The ranking of documents.
        RERANK
    }

    /// Bodies of one API that differ in the length of a list: what is in `head` once, between
    /// `head` and `tail` the elements.
    ///
    /// @param name what the list is
    /// @param most the longest that limits allow
    public record Shape(
            String name, Api api, int most, String head, IntFunction<String> element, String tail) {
        /// The body with a list of `n` elements.
        public byte[] of(int n) {
            StringBuilder body = new StringBuilder("{\"model\":\"m\",").append(head);
            for (int i = 0; i < n; i++) {
                body.append(i > 0 && !element.apply(i).isEmpty() ? separator() : "");
                body.append(element.apply(i));
            }
            return body.append(tail).append('}').toString().getBytes(StandardCharsets.UTF_8);
        }

        private String separator() {
            return tail.startsWith("]") ? "," : "";
        }

        @Override
        public String toString() {
            return api + " " + name;
        }
    }

    /// All of them.
    public static List<Shape> all() {
        WorstBodies bodies = new WorstBodies();
        bodies.chat();
        bodies.chatLists();
        for (Api messages : List.of(Api.MESSAGES, Api.COUNT_TOKENS)) {
            bodies.api = messages;
            bodies.messages();
            bodies.blocks();
            bodies.fields();
        }
        bodies.responses();
        bodies.responseLists();
        bodies.rest();
        return List.copyOf(bodies.shapes);
    }

    private void add(String name, int most, String head, IntFunction<String> of) {
        add(name, most, head, of, "]");
    }

    private void add(String name, int most, String head, IntFunction<String> of, String tail) {
        shapes.add(
                new Shape(
                        name,
                        api,
                        most,
                        head.replace('\'', '"'),
                        i -> of.apply(i).replace('\'', '"'),
                        tail.replace('\'', '"')));
    }

    private static String turn(String role, String content) {
        return "{'role':'" + role + "','content':" + content + "}";
    }

    private static String alternating(int i) {
        return turn(i % 2 == 0 ? "user" : "assistant", "'t" + i + "'");
    }

    private static String function(int i) {
        return "{'type':'function','function':{'name':'f" + i + "','parameters':{}}}";
    }

    private void chat() {
        String turns = "'messages':[";
        String user = "'messages':[" + turn("user", "'hi'") + "],";
        add("user turns", 20_000, turns, i -> turn("user", "'t" + i + "'"));
        add("alternating turns", 20_000, turns, WorstBodies::alternating);
        add("broken arguments", 20_000, turns, i -> called(i, "{\\'a\\':[{"));
        add("arguments", 20_000, turns, i -> called(i, "{\\'a\\':1}"));
        add(
                "calls of a turn",
                100_000,
                "'messages':[{'role':'assistant','content':'','tool_calls':[",
                i -> "{'id':'c" + i + "','function':{'name':'f','arguments':''}}",
                "]}]");
        add("tools", 4_000, user + "'tools':[", WorstBodies::function);
        add("foreign tools", 4_000, user + "'tools':[", i -> "{'type':'x" + i + "'}");
    }

    private void chatLists() {
        String user = "'messages':[" + turn("user", "'hi'") + "],";
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 4_000; i++) {
            all.append(i > 0 ? "," : "").append(function(i));
        }
        add(
                "allowed tools",
                100_000,
                user
                        + "'tools':["
                        + all
                        + "],'tool_choice':{'type':'allowed_tools','allowed_tools':{'tools':[",
                i -> "{'type':'function','function':{'name':'g" + i + "'}}",
                "]}}");
        String parts = "'messages':[{'role':'user','content':[";
        String history = "]}," + turn("user", "'go on'") + "]";
        add(
                "images in history",
                100_000,
                parts,
                i -> "{'type':'image_url','image_url':{'url':'file:///" + i + "'}}",
                history);
        add(
                "images",
                100_000,
                parts,
                i -> "{'type':'image_url','image_url':{'url':'" + PNG + "','x':1}}",
                "]}]");
        add("stops", 500_000, user + "'n_predict':-1,'stop':[", i -> "'s" + i + "'");
        add("unknown fields", 500_000, user + "'id_slot':1", i -> ",'x" + i + "':{}", "");
        add(
                "bytes of an escaped text",
                5_000_000,
                user + "'id_slot':1,'x':'",
                i -> "\\ud83d\\ude00\\u0041",
                "'");
        add("tokens", 500_000, user + "'id_slot':1,'x':[", i -> "{}");
    }

    private static String called(int i, String arguments) {
        return "{'role':'assistant','content':'','tool_calls':[{'id':'c"
                + i
                + "','type':'function','function':{'name':'f','arguments':'"
                + arguments
                + "'}}]}";
    }

    private void messages() {
        String turns = "'max_tokens':9,'messages':[";
        add("user turns", 20_000, turns, i -> turn("user", "'t" + i + "'"));
        add("alternating turns", 20_000, turns, WorstBodies::alternating);
        String first = turns + turn("user", "'hi'") + ",";
        add(
                "assistant turns",
                20_000,
                first,
                i ->
                        turn(
                                "assistant",
                                "[{'type':'thinking','thinking':'x'},{'type':'text','text':'t'}]"),
                "]");
        add("system turns at the head", 20_000, turns, i -> turn("system", "'s" + i + "'"), "]");
        add("system turns after a user's", 20_000, first, i -> turn("system", "'s" + i + "'"));
        add(
                "system turns after a result",
                20_000,
                first
                        + turn("assistant", "[{'type':'tool_use','id':'a','name':'f','input':{}}]")
                        + ","
                        + turn("user", "[{'type':'tool_result','tool_use_id':'a','content':'r'}]")
                        + ",",
                i -> turn("system", "'s" + i + "'"));
        add(
                "turns of calls",
                20_000,
                first,
                i -> turn("assistant", "[{'type':'tool_use','id':'c" + i + "','name':'f'}]"));
        add(
                "calls and results",
                20_000,
                first,
                i ->
                        i % 2 == 0
                                ? turn(
                                        "assistant",
                                        "[{'type':'tool_use','id':'c" + i + "','name':'f'}]")
                                : turn(
                                        "user",
                                        "[{'type':'tool_result','tool_use_id':'c"
                                                + (i - 1)
                                                + "','is_error':true,'content':'r'}]"));
    }

    private void blocks() {
        String turns = "'max_tokens':9,'messages':[";
        add(
                "results",
                100_000,
                turns + "{'role':'user','content':[",
                i -> "{'type':'tool_result','tool_use_id':'c" + i + "'}",
                "]}]");
        add(
                "images",
                100_000,
                turns + "{'role':'user','content':[",
                i ->
                        "{'type':'image','source':{'type':'base64','media_type':'image/png',"
                                + "'data':'AAAA'}}",
                "]}," + turn("user", "'hi'") + "]");
        add(
                "unknown blocks",
                100_000,
                turns + turn("user", "'hi'") + ",{'role':'user','content':[",
                i -> "{'type':'t" + i + "'}",
                "]}]");
    }

    private void fields() {
        String user = "'max_tokens':9,'messages':[" + turn("user", "'hi'") + "],";
        add(
                "system blocks",
                500_000,
                user + "'system':[",
                i -> "{'type':'text','text':'x-anthropic-billing-header: a\\nb'}");
        add(
                "tools",
                4_000,
                user + "'tool_choice':{'type':'tool','name':'f0'},'tools':[",
                i -> "{'name':'f" + i + "','input_schema':{'$schema':'x','type':'object'}}");
        add("server tools", 4_000, user + "'tools':[", i -> "{'type':'web_search_" + i + "'}");
        add(
                "deferred tools",
                4_000,
                user + "'tools':[",
                i -> "{'name':'f" + i + "','defer_loading':true}");
        add(
                "a schema's width",
                300_000,
                user + "'tools':[{'name':'f','input_schema':{'$schema':'','properties':{",
                i -> (i > 0 ? "," : "") + "'p" + i + "':{'pattern':'x'}",
                "}}}]");
        add("stops", 500_000, user + "'stop_sequences':[", i -> "'s" + i + "'");
        add("unknown fields", 500_000, user + "'top_p':1", i -> ",'x" + i + "':{}", "");
    }

    private void responses() {
        api = Api.RESPONSES;
        String input = "'input':[";
        add("user turns", 20_000, input, i -> turn("user", "'t" + i + "'"));
        add("alternating turns", 20_000, input, WorstBodies::alternating);
        String first = input + turn("user", "'hi'") + ",";
        add(
                "calls",
                20_000,
                first,
                i -> "{'type':'function_call','call_id':'c" + i + "','name':'f','arguments':''}");
        add(
                "broken calls",
                20_000,
                first,
                i -> "{'type':'function_call','call_id':'c','name':'f','arguments':'{[{'}");
        add(
                "outputs",
                20_000,
                first,
                i -> "{'type':'function_call_output','call_id':'c" + i + "','output':'r'}");
        add("reasoning", 20_000, first, i -> "{'type':'reasoning','content':[{'text':'t'}]}");
        add("instructions", 20_000, first, i -> turn("developer", "'s" + i + "'"));
        add("items of no known type", 20_000, first, i -> "{'type':'t" + i + "'}");
    }

    private void responseLists() {
        String input = "'input':[";
        String user = "'input':'hi',";
        add(
                "images",
                100_000,
                input + "{'role':'user','content':[",
                i -> "{'type':'input_image','image_url':'file:///" + i + "'}",
                "]}," + turn("user", "'hi'") + "]");
        add(
                "tools",
                4_000,
                user + "'tools':[",
                i -> "{'type':'custom','name':'f" + i + "','format':{'definition':'x'}}");
        add(
                "tools of a namespace",
                3_900,
                user + "'tools':[{'type':'namespace','name':'n','tools':[",
                i -> "{'type':'function','name':'f" + i + "'}",
                "]}]");
        add(
                "allowed tools",
                100_000,
                user
                        + "'tools':[{'type':'function','name':'f0'}],"
                        + "'tool_choice':{'type':'allowed_tools','tools':[",
                i -> "{'type':'function','name':'f" + i + "'}",
                "]}");
    }

    private void rest() {
        api = Api.COMPLETIONS;
        add("prompts", 500_000, "'n_predict':-1,'prompt':[", i -> "'p" + i + "'");
        add("tokens of a prompt", 500_000, "'lora':[],'prompt':[", i -> "" + i);
        add("prompts of tokens", 300_000, "'lora':[],'prompt':[", i -> "[" + i + "]");
        add(
                "prompts with media",
                100_000,
                "'prompt':[",
                i ->
                        "{'prompt_string':'x','multimodal_data':"
                                + "['/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD']}");
        add("stops", 500_000, "'id_slot':1,'prompt':'x','stop':[", i -> "'" + i + "'");
        api = Api.EMBEDDINGS;
        add("inputs", 500_000, "'id_slot':1,'input':[", i -> "'p" + i + "'");
        add("tokens of an input", 500_000, "'lora':[],'input':[", i -> "" + i);
        api = Api.RERANK;
        add(
                "documents",
                500_000,
                "'id_slot':1,'query':'q','documents':[",
                i -> "{'text':'d" + i + "'}");
    }
}
