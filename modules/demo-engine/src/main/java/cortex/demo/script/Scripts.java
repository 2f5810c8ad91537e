package cortex.demo.script;

import cortex.demo.picture.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Turns a request into a script. Without directives it behaves as a small model would: a sentence;
/// `forever` goes on until a limit; `think` reasons first; a declared tool is called when it is the
/// only one, when it is named, or when the request says so (several named ones in one go, where
/// that is allowed), and its result is answered with text; a picture is described.
public final class Scripts {
    /// What the engine says when nothing else is asked of it.
    public static final String SENTENCE =
            "Hello from the demo engine: no GPU was harmed, and every token of this naïve little"
                    + " sentence comes on time — café ☕!";

    private static final String THOUGHT = "Let me think about that.\n";
    private static final String ROUND = "{{round}}";
    private static final String RESULT = "{{result}}";
    private static final int SHORT = 500;
    private static final String LOOP = "tick tock round we go ";

    private Scripts() {}

    /// The script for `ask`, at most `room` tokens long.
    public static Script of(Ask ask, int room) {
        Directives asked = Directives.of(ask.lastUser());
        int tokens = asked.number(Directive.TOKENS, -1);
        int limit = ask.ends().limit() < 0 ? room : Math.min(ask.ends().limit(), room);
        String say = asked.argument(Directive.SAY);
        List<Directives.Call> calls = calls(ask, asked);
        List<Piece> pieces = new ArrayList<>();
        if (asked.has(Directive.THINK) || (said(ask, "think") && !ask.afterTool())) {
            Tokens.split(THOUGHT).forEach(token -> pieces.add(new Piece.Reasoning(token)));
        }
        if (!calls.isEmpty() && say != null && !say.contains(RESULT)) {
            text(pieces, filled(say, ask), -1, limit);
        }
        for (int i = 0; i < calls.size(); i++) {
            call(pieces, i, calls.get(i), ask);
        }
        boolean endless = tokens < 0 && said(ask, "forever");
        if (calls.isEmpty()) {
            String said = answer(ask, say);
            boolean loop = said.equals(SENTENCE) && (tokens >= 0 || endless);
            String text = stopped(loop ? LOOP : said, ask.ends().stops());
            text(pieces, text, endless ? Integer.MAX_VALUE : tokens, limit);
        }
        boolean cut = pieces.size() > limit || (endless && calls.isEmpty());
        String finish = cut ? "length" : calls.isEmpty() ? "stop" : "tool_calls";
        String speed = asked.argument(Directive.SPEED);
        return new Script(
                cut ? pieces.subList(0, Math.min(limit, pieces.size())) : pieces,
                finish,
                speed == null ? null : Double.valueOf(speed),
                asked.fault(),
                asked.number(Directive.REFUSE, 0),
                asked.has(Directive.ONCE));
    }

    private static String filled(String text, Ask ask) {
        String round = String.valueOf(ask.done().rounds() + 1);
        return text.replace(ROUND, round).replace(RESULT, ask.done().result());
    }

    /// Whether a short message has `word`; long ones are an agent's, and mean nothing by it.
    private static boolean said(Ask ask, String word) {
        return ask.lastUser().length() <= SHORT && ask.lastUser().contains(word);
    }

    private static String answer(Ask ask, @Nullable String say) {
        if (say != null) {
            return filled(say, ask);
        }
        JsonNode schema = ask.schema();
        if (schema != null) {
            return Schemas.example(schema).toString();
        }
        return ask.picture() == null ? SENTENCE : Picture.described(ask.picture());
    }

    private static String stopped(String text, List<String> stops) {
        int end = text.length();
        for (String stop : stops) {
            int at = text.indexOf(stop);
            end = at < 0 ? end : Math.min(end, at);
        }
        return text.substring(0, end);
    }

    /// Adds `text`, repeated or cut to `count` tokens when that is not negative; never much more
    /// than `limit` in all.
    private static void text(List<Piece> pieces, String text, int count, int limit) {
        List<Piece> once = new ArrayList<>();
        Tokens.split(text).forEach(token -> once.add(new Piece.Text(token)));
        if (count < 0) {
            pieces.addAll(once);
            return;
        }
        int left = Math.min(count, Math.max(0, limit - pieces.size()) + 1);
        for (int i = 0; i < left && !once.isEmpty(); i++) {
            pieces.add(once.get(i % once.size()));
        }
    }

    private static void call(List<Piece> pieces, int index, Directives.Call call, Ask ask) {
        String round = String.valueOf(ask.done().rounds() + 1);
        List<String> tokens = Tokens.split(call.arguments().replace(ROUND, round));
        pieces.add(new Piece.CallStart(index, call.name(), tokens.getFirst()));
        for (String token : tokens.subList(1, tokens.size())) {
            pieces.add(new Piece.CallMore(index, token));
        }
    }

    private static List<Directives.Call> calls(Ask ask, Directives asked) {
        boolean enough = ask.done().rounds() >= Math.max(1, asked.number(Directive.ROUNDS, 1));
        if (enough || ask.tools().choice().equals("none") || ask.tools().offered().isEmpty()) {
            return List.of();
        }
        List<Directives.Call> wanted = new ArrayList<>(asked.calls());
        wanted.removeIf(
                call -> ask.tools().offered().stream().noneMatch(tool -> named(tool, call.name())));
        boolean directed = asked.has(Directive.SAY) || asked.has(Directive.TOKENS);
        boolean free = !directed && ask.schema() == null;
        if (!wanted.isEmpty()
                || ask.afterTool()
                || (!free && ask.tools().choice().equals("auto"))) {
            return wanted;
        }
        return chosen(ask).stream()
                .map(tool ->
                        new Directives.Call(
                                tool.path("name").asString(""),
                                spaced(Schemas.example(tool.path("parameters")))))
                .toList();
    }

    private static List<JsonNode> chosen(Ask ask) {
        for (JsonNode tool : ask.tools().offered()) {
            if (named(tool, ask.tools().choice())) {
                return List.of(tool);
            }
        }
        List<JsonNode> said =
                ask.tools().offered().stream().filter(tool -> said(ask, tool)).toList();
        boolean must = ask.tools().choice().equals("required");
        if (said.isEmpty() && (ask.tools().offered().size() == 1 || must)) {
            return List.of(ask.tools().offered().getFirst());
        }
        return ask.tools().parallel() || said.isEmpty() ? said : List.of(said.getFirst());
    }

    /// Whether the user named a tool whose name is no everyday word.
    private static boolean said(Ask ask, JsonNode tool) {
        String name = tool.path("name").asString("").toLowerCase(Locale.ROOT);
        boolean distinct = name.length() > 3 && name.indexOf('_') > 0;
        return distinct && ask.lastUser().toLowerCase(Locale.ROOT).contains(name);
    }

    private static boolean named(JsonNode tool, String name) {
        return tool.path("name").asString("").equals(name);
    }

    /// JSON with a space after each colon, as models write it.
    private static String spaced(JsonNode node) {
        if (!node.isObject() || node.isEmpty()) {
            return node.toString();
        }
        StringBuilder text = new StringBuilder("{");
        for (var entry : node.properties()) {
            text.append(text.length() > 1 ? ", " : "").append(JsonText.quote(entry.getKey()));
            text.append(": ").append(spaced(entry.getValue()));
        }
        return text.append('}').toString();
    }
}
