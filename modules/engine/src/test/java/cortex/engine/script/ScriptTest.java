package cortex.engine.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

final class ScriptTest {
    @Test
    void tokensSurviveTheWayToTheirIdsAndBack() {
        for (String text :
                List.of("", "Hello world", "naïve — café ☕!", "\u0000a\n\tb  c", "日本語🙂")) {
            StringBuilder back = new StringBuilder();
            for (String piece : Tokens.split(text)) {
                back.append(Tokens.text(Tokens.id(piece)));
            }
            assertThat(back).hasToString(text);
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
                        "please [[tokens 100]] [[speed 20]] [[silent 1.5s]] [[stall after 2 for"
                                + " 10ms]] [[think]] [[tool f {\"a\":[[1]]}]] [[say hi there]]");
        assertThat(all.tokens()).isEqualTo(100);
        assertThat(all.speed()).isEqualTo(20);
        assertThat(all.silence()).isEqualTo(Duration.ofMillis(1500));
        assertThat(all.fault()).isEqualTo(new Fault(Fault.Kind.STALL, 2, Duration.ofMillis(10)));
        assertThat(all.think()).isTrue();
        assertThat(all.calls()).containsExactly(new Directives.Call("f", "{\"a\":[[1]]}"));
        assertThat(all.say()).isEqualTo("hi there");
    }

    @Test
    void whatIsNotADirectiveIsText() {
        Directives none =
                Directives.of("[[tokens many]] [[ -f x ]] [[crash at 5]] [[tool f {oops}]] [[open");
        assertThat(none)
                .isEqualTo(
                        new Directives(
                                -1, null, Duration.ZERO, Fault.NONE, 0, false, null, List.of()));
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
        assertThat(script("[[tool unknown {}]]", two).finish()).isEqualTo("stop");
        assertThat(script("read_file", two + ",\"tool_choice\":\"none\"").finish())
                .isEqualTo("stop");
    }

    @Test
    void aStopSequenceEndsTheText() {
        Script script = script("[[say one two STOP three]]", ",\"stop\":\"STOP\"");
        StringBuilder text = new StringBuilder();
        for (Piece piece : script.pieces()) {
            text.append(((Piece.Text) piece).text());
        }
        assertThat(text).hasToString("one two ");
    }

    private static Script script(String message, String more) {
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                        .formatted(message, more);
        Ask ask = Ask.ofChat(JsonMapper.builder().build().readTree(body));
        return Scripts.of(ask, Scripts.SENTENCE, 1000);
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
        Script script = Scripts.of(ask, Scripts.SENTENCE, 1000);
        assertThat(script.pieces()).containsExactly(new Piece.Text("hell"), new Piece.Text("o"));
        assertThat(script.fault()).isEqualTo(Fault.NONE);
    }
}
