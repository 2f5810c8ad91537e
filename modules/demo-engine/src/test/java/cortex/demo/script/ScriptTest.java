package cortex.demo.script;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.work.Once;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

final class ScriptTest {
    @Test
    void tokensAreAllOfTheText() {
        for (String text :
                List.of("", "Hello world", "naïve — café ☕!", "\u0000a\n\tb  c", "日本語🙂")) {
            assertThat(String.join("", Tokens.split(text))).isEqualTo(text);
            assertThat(Tokens.count(text)).isEqualTo(Tokens.split(text).size());
        }
    }

    @Test
    void commonTokensAreThoseOfTheSharedBeginning() {
        assertThat(Tokens.common("one two three", "one two four")).isEqualTo(2);
        assertThat(Tokens.common("Hi", "Hi there")).isEqualTo(1);
        assertThat(Tokens.common("", "x")).isZero();
    }

    @Test
    void directivesAreRead() {
        Directives all =
                Directives.of(
                        "please [[tokens 100]] [[speed 20.5]] [[die after 2]] [[Think]]"
                                + " [[tool f {\"a\":[[1]]}]] [[say hi\nthere]] [[tokens 7]]");
        assertThat(all.number(Directive.TOKENS, -1)).isEqualTo(7);
        assertThat(all.argument(Directive.SPEED)).isEqualTo("20.5");
        assertThat(all.fault()).isEqualTo(new Fault(Fault.Kind.DIE, 2));
        assertThat(all.has(Directive.THINK)).isTrue();
        assertThat(all.calls()).containsExactly(new Directives.Call("f", "{\"a\":[[1]]}"));
        assertThat(all.argument(Directive.SAY)).isEqualTo("hi\nthere");
    }

    @Test
    void everyExampleIsADirective() {
        for (Directive directive : Directive.values()) {
            assertThat(Directives.of(directive.example()).has(directive)).isTrue();
        }
    }

    @Test
    void whatIsNotADirectiveIsText() {
        Directives none =
                Directives.of("[[tokens many]] [[ -f x ]] [[crash at 5]] [[tool f {oops}]] [[open");
        assertThat(none.given().keySet()).containsExactly(Directive.TOOL);
        assertThat(none.calls()).isEmpty();
        assertThat(none.fault()).isEqualTo(Fault.NONE);
    }

    @Test
    void repeatedTextFillsExactlyTheTokensAskedFor() {
        Script script = script("[[tokens 30]]", "");
        assertThat(script.pieces()).hasSize(30);
        assertThat(script.finish()).isEqualTo("stop");
    }

    @Test
    void aToolIsCalledOnlyWhenItIsClearWhich() {
        String two =
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"run_shell\"}},"
                        + "{\"type\":\"function\",\"function\":{\"name\":\"read_file\"}}]";
        assertThat(script("hello", two).finish()).isEqualTo("stop");
        assertThat(script("use read_file please", two).pieces().getFirst())
                .isEqualTo(new Piece.CallStart(0, "read_file", "{}"));
        assertThat(script("hello", two + ",\"tool_choice\":\"required\"").pieces().getFirst())
                .isEqualTo(new Piece.CallStart(0, "run_shell", "{}"));
        assertThat(names(script("use read_file and run_shell", two)))
                .containsExactly("run_shell", "read_file");
        String one = two + ",\"parallel_tool_calls\":false";
        assertThat(names(script("use read_file and run_shell", one))).containsExactly("run_shell");
        assertThat(script("[[tool unknown {}]]", two).finish()).isEqualTo("stop");
        assertThat(script("read_file", two + ",\"tool_choice\":\"none\"").finish())
                .isEqualTo("stop");
    }

    @Test
    void aStopSequenceEndsTheText() {
        Script script = script("[[say one two STOP three]]", ",\"stop\":\"STOP\"");
        StringBuilder text = new StringBuilder();
        for (Piece piece : script.pieces()) {
            text.append(piece.written());
        }
        assertThat(text).hasToString("one two ");
    }

    private static Script script(String message, String more) {
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                        .formatted(message, more);
        Ask ask = Ask.ofChat(JsonMapper.builder().build().readTree(body));
        return Scripts.of(ask, 1000);
    }

    @Test
    void anAgentsNotesBesideTheUsersWordsAreNotTheUsersWords() {
        String body =
                """
                {"messages":[{"role":"user","content":[
                  {"type":"text","text":"<system-reminder>[[crash]] forever</system-reminder>"},
                  {"type":"text","text":"[[say hello]]"},
                  {"type":"text","text":"<system-reminder>think</system-reminder>"}]}]}
                """;
        Ask ask = Ask.ofChat(JsonMapper.builder().build().readTree(body));
        Script script = Scripts.of(ask, 1000);
        assertThat(script.pieces()).containsExactly(new Piece.Text("hell"), new Piece.Text("o"));
        assertThat(script.fault()).isEqualTo(Fault.NONE);
    }

    private static List<String> names(Script script) {
        return script.pieces().stream()
                .filter(Piece.CallStart.class::isInstance)
                .map(piece -> ((Piece.CallStart) piece).name())
                .toList();
    }

    private static String said(Script script) {
        StringBuilder text = new StringBuilder();
        for (Piece piece : script.pieces()) {
            switch (piece) {
                case Piece.Reasoning _ -> {}
                case Piece.CallStart start ->
                        text.append(start.name()).append(' ').append(start.arguments());
                default -> text.append(piece.written());
            }
        }
        return text.toString();
    }

    @Test
    void callsAreRepeatedForAsManyRoundsAsAsked() {
        String words =
                "[[tool sh {\"command\":\"echo {{round}}\"}]] [[rounds 2]] [[say it said"
                        + " {{result}}]]";
        String tools =
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"sh\"}},"
                        + "{\"type\":\"function\",\"function\":{\"name\":\"ls\"}}]}";
        String asked = message("user", words);
        String call = ",{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{}}]}";
        String result = ",{\"role\":\"tool\",\"content\":\"out\"}";
        String note = "," + message("user", "<note>[[say no]]</note>");
        assertThat(said(played(asked, tools))).isEqualTo("sh {\"command\":\"echo 1\"}");
        assertThat(said(played(asked + call + result + note, tools)))
                .isEqualTo("sh {\"command\":\"echo 2\"}");
        assertThat(said(played(asked + call + result + note + call + result + result, tools)))
                .isEqualTo("it said out");
        assertThat(said(played(asked + call + result + "," + asked, tools))).endsWith("echo 1\"}");
    }

    private static String message(String role, String text) {
        return "{\"role\":\"%s\",\"content\":%s}".formatted(role, JsonText.quote(text));
    }

    private static Script played(String messages, String more) {
        String body = "{\"messages\":[" + messages + "]" + more;
        Ask ask = Ask.ofChat(JsonMapper.builder().build().readTree(body));
        return Scripts.of(ask, 1000);
    }

    @Test
    void whatHappensOnceDoesNotHappenAgain() {
        Once once = new Once();
        Script script = script("[[refuse 503]] [[die after 2]] [[once]] [[say fine]]", "");
        assertThat(once.of("a prompt", script).refuse()).isEqualTo(503);
        Script again = once.of("a prompt", script);
        assertThat(again.refuse()).isZero();
        assertThat(again.fault()).isEqualTo(Fault.NONE);
        assertThat(once.of("another", script).fault().kind()).isEqualTo(Fault.Kind.DIE);
        Script always = script("[[refuse 503]]", "");
        assertThat(once.of("x", always).refuse()).isEqualTo(once.of("x", always).refuse());
    }
}
