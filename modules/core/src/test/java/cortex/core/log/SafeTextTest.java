package cortex.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SafeTextTest {
    /// Sets the title, writes the clipboard, clears the screen; turns the writing; a C1 sequence.
    private static final String ATTACK =
            "\u001b]0;PWNED-TITLE\u0007 \u001b]52;c;cm0gLXJmIH4=\u0007 \u001b[2J \u202etxt.exe"
                    + " \u009b31m \u2028forged \u200b\u2066\ufeff\u061c \ud800 \udb40\udc41";

    /// What no terminal and no reader may ever get, by Unicode's own words.
    private static boolean misleads(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c != '\n' && c != '\t';
            case Character.FORMAT -> c != 0x200c && c != 0x200d;
            case Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }

    private static void assertSafe(String text) {
        assertThat(text.codePoints().filter(SafeTextTest::misleads).toArray()).isEmpty();
    }

    @Test
    void whatControlsATerminalIsShownAsAnEscape() {
        assertThat(SafeText.prose(ATTACK))
                .isEqualTo(
                        "\\u001b]0;PWNED-TITLE\\u0007 \\u001b]52;c;cm0gLXJmIH4=\\u0007"
                                + " \\u001b[2J \\u202etxt.exe \\u009b31m \\u2028forged"
                                + " \\u200b\\u2066\\ufeff\\u061c \\ud800 \\udb40\\udc41");
    }

    @Test
    void everyCharacterIsSafeOrEscapedInEveryForm() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(SafeTextTest::misleads)
                .forEach(c -> {
                    String one = "a" + Character.toString(c) + "b";
                    assertSafe(SafeText.line(one));
                    assertSafe(SafeText.lines(one));
                    assertSafe(SafeText.prose(one));
                });
    }

    @Test
    void aPieceOfALineHasNoLineBreak() {
        assertThat(SafeText.line("m\nforged\trow\r\u200d")).isEqualTo("m\\nforged\\trow\\r\\u200d");
        assertThat(SafeText.lines("a\n\tb\u200d")).isEqualTo("a\n\tb\\u200d");
    }

    @Test
    void ordinaryTextOfAllScriptsStays() {
        String text = "Grüße, 你好, عربى, \uD83D\uDC68\u200D\uD83D\uDC69 می\u200Cخواهم\n\t°C";
        assertThat(SafeText.prose(text)).isSameAs(text);
    }

    @Test
    void aPrinterLetsNothingThroughHoweverItIsCut() {
        StringWriter out = new StringWriter();
        PrintWriter printer = SafeText.printer(out);
        for (char c : (ATTACK + "\uD83D\uDC68").toCharArray()) {
            printer.print(c);
        }
        printer.println();
        printer.printf("%s%n", ATTACK);
        assertSafe(out.toString());
        assertThat(out.toString())
                .isEqualTo(SafeText.prose(ATTACK + "\uD83D\uDC68\n" + ATTACK + "\n"));
        assertThat(SafeText.printer(printer)).isSameAs(printer);
    }

    @Test
    void aPrinterWritesUtf8() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SafeText.printer(bytes).println("°\u009b");
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("°\\u009b\n");
    }

    static Stream<Formatter> formats() {
        return Stream.of(new HumanFormat(), new JsonFormat());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void noLogFormatPrintsTheAttack(Formatter format) {
        String forged = ATTACK + "\r\n2026-01-01 00:00:00.000 ERROR Forged: line";
        LogRecord plain = new LogRecord(Level.INFO, "asked to load {0}");
        plain.setParameters(new Object[] {forged});
        LogRecord fields = new LogRecord(Level.INFO, "{0}");
        fields.setParameters(new Object[] {LogLine.of("request").with("path", forged)});
        LogRecord thrown = new LogRecord(Level.SEVERE, forged);
        thrown.setThrown(new IllegalStateException(forged));
        for (LogRecord record : new LogRecord[] {plain, fields, thrown}) {
            String line = format.format(record);
            assertSafe(line);
            assertThat(line.lines()).noneMatch(l -> l.startsWith("2026-01-01"));
            assertThat(line).contains("PWNED-TITLE").doesNotContain("\u001b");
        }
    }

    @Test
    void aJsonLineIsStillTheSameText() {
        LogRecord record = new LogRecord(Level.INFO, "{0}");
        record.setParameters(new Object[] {LogLine.of("request").with("path", "\u202e\u009b\\x")});
        Map<?, ?> read = Json.MAPPER.readValue(new JsonFormat().format(record), Map.class);
        assertThat(read.get("path")).isEqualTo("\u202e\u009b\\x");
    }

    @Test
    void lastWordsAreCleaned() {
        assertSafe(Redaction.SHAPES.clean(ATTACK));
        assertThat(Redaction.SHAPES.clean("\u009b31mred\u009b0m \u009d0;title\u009c."))
                .isEqualTo("red .");
    }
}
