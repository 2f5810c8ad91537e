package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Prompt;
import cortex.cli.dialect.ReadAnswer;
import cortex.cli.dialect.ReadAnswer.Stop;
import java.util.stream.Collectors;

/// Tool calls in one dialect, streamed and whole: one, its result, and several at once.
final class ToolChecks {
    private static final String WEATHER = "get_weather";
    private static final String CLOCK = "get_time";
    private static final String ONE = "What is the weather in Paris now? Call " + WEATHER + ".";
    private static final String BOTH =
            "Call "
                    + WEATHER
                    + " and "
                    + CLOCK
                    + " for Paris, both at once in one turn, in parallel.";

    private final ModelClient client;
    private final Dialect dialect;

    ToolChecks(ModelClient client, Dialect dialect) {
        this.client = client;
        this.dialect = dialect;
    }

    String call(boolean stream) throws Unfulfilled, InterruptedException {
        return described(called(one(stream), 1));
    }

    private Prompt one(boolean stream) {
        return client.prompt(ONE, AnswerChecks.ROOM).with(WEATHER).streamed(stream);
    }

    /// The result goes back and is answered.
    String roundTrip() throws Unfulfilled, InterruptedException {
        String detail = "";
        for (boolean stream : new boolean[] {true, false}) {
            Prompt prompt = one(stream);
            detail = answered(prompt, called(prompt, 1));
        }
        return detail;
    }

    String parallel() throws Unfulfilled, InterruptedException {
        String detail = "";
        for (boolean stream : new boolean[] {true, false}) {
            Prompt prompt =
                    client.prompt(BOTH, AnswerChecks.ROOM).with(WEATHER, CLOCK).streamed(stream);
            ReadAnswer calls = called(prompt, 2);
            answered(prompt, calls);
            detail = described(calls);
        }
        return detail;
    }

    private ReadAnswer called(Prompt prompt, int wanted) throws Unfulfilled, InterruptedException {
        ReadAnswer told = client.sound(dialect, prompt);
        if (told.calls().size() < wanted) {
            throw Unfulfilled.notShown(
                    told.calls().isEmpty()
                            ? "the model called no tool: '" + told.text().strip() + "'"
                            : "the model called one tool only");
        }
        if (told.stop() == Stop.LIMIT) {
            throw Unfulfilled.notShown("the model talked up to the limit");
        }
        if (told.stop() != Stop.TOOLS) {
            throw Unfulfilled.failed("there are calls, and it ended with " + told.stop());
        }
        for (ReadAnswer.Call call : told.calls()) {
            if (!prompt.tools().contains(call.name())) {
                throw Unfulfilled.notShown("the model called '" + call.name() + "'");
            }
        }
        return told;
    }

    private String answered(Prompt prompt, ReadAnswer calls)
            throws Unfulfilled, InterruptedException {
        ReadAnswer told = client.sound(dialect, prompt.answered(calls));
        if (told.empty()) {
            throw Unfulfilled.notShown("the model said nothing about the result");
        }
        return "'" + told.text().strip() + "'";
    }

    private static String described(ReadAnswer told) {
        return told.calls().stream()
                .map(call -> call.name() + " " + call.arguments())
                .collect(Collectors.joining(", "));
    }
}
