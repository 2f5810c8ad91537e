package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Prompt;
import cortex.cli.dialect.ReadAnswer;
import cortex.cli.dialect.ReadAnswer.Stop;
import org.jspecify.annotations.Nullable;

/// Text answers in one dialect: whole, streamed, counted alike, and cut at the limit.
final class AnswerChecks {
    static final String HELLO = "Say hello in one short sentence.";
    static final String ENDLESS = "Count upwards from 1 forever, one number a line, nothing else.";
    static final int ROOM = 1024;
    private static final int FEW = 5;

    private final ModelClient client;
    private final Dialect dialect;
    private @Nullable ReadAnswer whole;
    private @Nullable ReadAnswer streamed;

    AnswerChecks(ModelClient client, Dialect dialect) {
        this.client = client;
        this.dialect = dialect;
    }

    String whole() throws Unfulfilled, InterruptedException {
        ReadAnswer told = client.sound(dialect, client.prompt(HELLO, ROOM));
        whole = told;
        return described(told);
    }

    String streamed() throws Unfulfilled, InterruptedException {
        ReadAnswer told = client.sound(dialect, client.prompt(HELLO, ROOM).streamed(true));
        streamed = told;
        return described(told);
    }

    private static String described(ReadAnswer told) throws Unfulfilled {
        if (told.empty()) {
            throw Unfulfilled.notShown("the model said nothing");
        }
        if (told.stop() == Stop.TOOLS || told.stop() == Stop.REFUSED) {
            throw Unfulfilled.failed("it ended with " + told.stop() + " although nobody asked");
        }
        String thought = told.thought().isEmpty() ? "" : ", after reasoning";
        return "'" + told.text().strip() + "'" + thought;
    }

    /// The numbers of tokens, told in both ways.
    String usage() throws Unfulfilled {
        if (whole == null || streamed == null) {
            throw Unfulfilled.skipped("needs an answer of either kind");
        }
        if (!whole.usage().told()) {
            throw Unfulfilled.failed("the whole answer counts no tokens");
        }
        ReadAnswer.Usage one = whole.usage();
        ReadAnswer.Usage other = streamed.usage();
        if (other.prompt() == null && dialect.name().equals("completions")) {
            throw Unfulfilled.notShown("the engine counts no tokens in these streams");
        }
        String counts =
                "whole %d + %d, streamed %d + %d tokens"
                        .formatted(one.prompt(), one.output(), other.prompt(), other.output());
        boolean samePrompt = one.prompt() != null && one.prompt().equals(other.prompt());
        boolean sameText = whole.text().equals(streamed.text());
        boolean sameOutput = other.told() && Math.abs(number(one) - number(other)) <= 1;
        if (!samePrompt || !other.told() || (sameText && !sameOutput)) {
            throw Unfulfilled.failed("counts differ for the same: " + counts);
        }
        return counts;
    }

    private static long number(ReadAnswer.Usage usage) {
        return usage.output() == null ? 0 : usage.output();
    }

    /// An answer that is cut says so, and is not longer than allowed.
    String limit() throws Unfulfilled, InterruptedException {
        String detail = "";
        for (boolean stream : new boolean[] {false, true}) {
            Prompt prompt = client.prompt(ENDLESS, FEW).streamed(stream);
            ReadAnswer told = client.sound(dialect, prompt);
            Long output = told.usage().output();
            if (output != null && output > FEW + 1) {
                throw Unfulfilled.failed(output + " tokens although " + FEW + " were allowed");
            }
            if (told.stop() != Stop.LIMIT && output != null && output >= FEW) {
                throw Unfulfilled.failed("it is cut, and says that it ended with " + told.stop());
            }
            if (told.stop() != Stop.LIMIT) {
                throw Unfulfilled.notShown("the model ended before the limit");
            }
            detail = "cut after " + FEW + " tokens";
        }
        return detail;
    }

    String keepalive() throws Unfulfilled {
        int signs = client.signs(dialect);
        if (signs == 0) {
            throw Unfulfilled.notShown("not tested: no stream was silent for long enough");
        }
        return signs == 1 ? "1 valid keepalive" : signs + " valid keepalives";
    }
}
