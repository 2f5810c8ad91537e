package cortex.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TemplateTraitsTest {
    private static final String CHATML =
            "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\n' + m.content +"
                    + " '<|im_end|>\n' -}}{%- endfor -%}";

    @Test
    void aPlainTemplateAsksForNothing() {
        assertThat(TemplateTraits.of(CHATML))
                .isEqualTo(new TemplateTraits(false, false, false, false, false));
        assertThat(TemplateTraits.of("")).isEqualTo(TemplateTraits.of(CHATML));
    }

    @Test
    void nineLettersAndDigits() {
        for (String check :
                new String[] {
                    "{%- if tool_call.id is not defined or tool_call.id|length != 9 %}",
                    "{% if (message['tool_call_id'] | length) != 9 %}",
                    "{%- if message.tool_call_id is not defined or message.tool_call_id | length!=9"
                            + " %}",
                    "{{ raise_exception('Tool call IDs should be alphanumeric strings with length"
                            + " 9!') }}"
                }) {
            assertThat(TemplateTraits.of(CHATML + check).shortToolIds()).as(check).isTrue();
        }
        assertThat(TemplateTraits.of("{% if messages | length != 9 %}").shortToolIds()).isFalse();
    }

    @Test
    void turnsThatMustAlternate() {
        String raises =
                "{%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{"
                        + " raise_exception('Conversation roles must alternate user/assistant/…')"
                        + " }}{%- endif %}";
        assertThat(TemplateTraits.of(raises).alternates()).isTrue();
        assertThat(TemplateTraits.of("{# roles must alternate #}").alternates()).isFalse();
    }

    @Test
    void systemTurnsInTheMiddle() {
        for (String branch :
                new String[] {
                    "{%- if (m.role == \"user\") or (m.role == \"system\" and not loop.first)"
                            + " %}{{- '<|im_start|>' + m.role }}",
                    "{%- elif m['role'] == 'system' and not loop.first -%}{{ m['content'] }}",
                    "{% if not loop.first and m.role == 'system' %}{{ m.content }}"
                }) {
            assertThat(TemplateTraits.of(branch).systemAnywhere()).as(branch).isTrue();
        }
        for (String none :
                new String[] {
                    CHATML,
                    "{%- if m.role == 'system' and not loop.first %}{{- raise_exception('System"
                            + " message must be at the beginning.') }}",
                    "{%- if m.role == 'system' %}{%- if not loop.first %}{{-"
                            + " raise_exception('System message must be at the beginning.') }}",
                    "{%- if m.role == 'user' and not loop.first %}{{ m.content }}",
                    "{%- if not loop.first %}{{ sep }}{%- endif %}{% if m.role == 'system' %}"
                }) {
            assertThat(TemplateTraits.of(none).systemAnywhere()).as(none).isFalse();
        }
    }

    @Test
    void reasoning() {
        for (String sign :
                new String[] {
                    "{%- if enable_thinking is defined and enable_thinking is false %}",
                    "{{ 'Reasoning: ' + reasoning_effort }}",
                    "{{- '<think>\n' }}",
                    "{{ '[THINK]' }}",
                    "{%- if message.reasoning_content is string %}"
                }) {
            assertThat(TemplateTraits.of(sign).reasons()).as(sign).isTrue();
        }
        assertThat(TemplateTraits.of("{{ 'I was thinking' }}").reasons()).isFalse();
    }

    @Test
    void tools() {
        assertThat(TemplateTraits.of("{%- if tools %}{{ tools | tojson }}").tools()).isTrue();
    }

    /// A template comes from whoever made the model's file.
    @Test
    void aLongTemplateIsReadInOnePass() {
        int times = 100_000;
        for (String hostile :
                new String[] {
                    "{%if" + "not loop.first and 'system' ".repeat(times),
                    "{%if" + "'system' and not loop.first ".repeat(times),
                    "{%if " + "not loop.first and ".repeat(times) + "'system' %}",
                    "{%if 'system' and".repeat(times),
                    "{%if not" + " ".repeat(10 * times) + "%}",
                    "id" + "'".repeat(10 * times),
                    "id|length" + " ".repeat(10 * times) + "x",
                    "id |" + " length )".repeat(times)
                }) {
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> TemplateTraits.of(hostile),
                    () -> hostile.substring(0, 40));
        }
    }
}
