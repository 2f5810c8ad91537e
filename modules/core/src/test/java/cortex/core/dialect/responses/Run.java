package cortex.core.dialect.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.EngineScript.Step;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.dialect.responses.stream.ResponseEvents;
import cortex.core.dialect.responses.stream.ResponseTerms;
import cortex.core.dialect.responses.stream.WholeResponse;
import cortex.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One answer, and what came out of it.
final class Run {
    private static final String FAILED = "response.failed ";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ResponseEvents.Numbers numbers = new ResponseEvents.Numbers();
    private final ResponseTerms response;
    private final WholeAnswer whole;
    private final AnswerStream gathered;
    AnswerStream stream;

    private Run(String request, Target target) {
        TranslatedResponses asked = ResponsesRequest.translate(request.getBytes(UTF_8), target);
        Terms terms = Terms.of(asked.chat(), target).by(new EngineErrors.Source("m", "node"));
        ResponseTerms.Birth birth = new ResponseTerms.Birth("resp_test", 1_700_000_000L);
        response = new ResponseTerms(birth, terms, asked.tools(), asked.echo());
        whole = new WholeAnswer(new WholeResponse(response));
        gathered = new AnswerStream(terms, whole);
        stream = new AnswerStream(terms, writer());
    }

    static Run of(String request) {
        return new Run(request, Case.target("", ""));
    }

    static Run of(Case golden) {
        String request = golden.sections().getOrDefault("request", ResponseStreamTest.PLAIN);
        return new Run(request, golden.target());
    }

    /// A second try, after a first that came to nothing.
    void again() {
        stream = new AnswerStream(response.terms(), writer(), stream.committed());
    }

    private ResponseEvents writer() {
        return new ResponseEvents(response, numbers, out::write);
    }

    /// The same answer for a client that does not want a stream; null when there is none.
    byte @Nullable [] body() {
        return whole.body();
    }

    void feed(byte[] bytes, int offset, int length) {
        stream.feed(bytes, offset, length);
        gathered.feed(bytes, offset, length);
    }

    void end() {
        stream.end();
        gathered.end();
    }

    void feed(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        feed(bytes, 0, bytes.length);
    }

    void drive(List<Step> steps, int portion, UnaryOperator<String> spelling) {
        for (Step step : steps) {
            byte[] bytes = spelling.apply(step.bytes()).getBytes(UTF_8);
            int n;
            for (int i = 0; i < bytes.length; i += n) {
                n = Math.min(portion, bytes.length - i);
                // A copy that is spoiled afterwards: nobody may hold on to what was fed.
                byte[] fed = new byte[n + 2];
                System.arraycopy(bytes, i, fed, 1, n);
                feed(fed, 1, n);
                Arrays.fill(fed, (byte) '#');
            }
            command(stream, step.command());
            command(gathered, step.command());
        }
    }

    private static void command(AnswerStream stream, String command) {
        switch (command) {
            case "" -> {}
            case "ping" -> stream.ping();
            case "settle" -> stream.settle();
            case "fail" -> stream.fail(new Failure.EngineSilent("m", Duration.ofMinutes(1)));
            default -> throw new IllegalArgumentException(command);
        }
    }

    String text() {
        return out.toString(UTF_8);
    }

    /// The events, their framing and numbers checked and their parts that never vary left out.
    List<String> events() {
        List<String> events = new ArrayList<>();
        String text = text();
        assertThat(text).endsWith("\n\n");
        for (String event : text.substring(0, text.length() - 2).split("\n\n", -1)) {
            List<String> lines = event.lines().toList();
            assertThat(lines).as(event).hasSize(2);
            String name = lines.get(0).substring("event: ".length());
            JsonNode data = ChatJson.parse(lines.get(1).substring("data: ".length()));
            if (!(data instanceof ObjectNode object)) {
                throw new AssertionError("not an event: " + event);
            }
            assertThat(object.path("type").asString()).isEqualTo(name);
            assertThat(object.path("sequence_number").asInt()).isEqualTo(events.size());
            object.remove(List.of("type", "sequence_number", "logprobs"));
            events.add(name + " " + ChatJson.text(shortened(object)));
        }
        return events;
    }

    /// Exactly one terminal event, and it comes last.
    static void assertTerminatedOnce(List<String> events) {
        List<String> terminal =
                events.stream()
                        .filter(event ->
                                event.startsWith("response.completed ")
                                        || event.startsWith("response.incomplete ")
                                        || event.startsWith(FAILED))
                        .toList();
        assertThat(terminal).hasSize(1);
        assertThat(events.getLast()).isEqualTo(terminal.getFirst());
    }

    private static ObjectNode shortened(ObjectNode event) {
        JsonNode response = event.path("response");
        if (response.isMissingNode()) {
            return event;
        }
        assertThat(response.path("id").asString()).isEqualTo("resp_test");
        ObjectNode kept = ChatJson.object();
        for (String name : List.of("status", "error", "incomplete_details", "output", "usage")) {
            JsonNode value = response.path(name);
            if (!value.isNull() && !(value.isArray() && value.isEmpty())) {
                kept.set(name, value);
            }
        }
        return kept;
    }
}
