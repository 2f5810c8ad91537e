package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Prompt;

/// Errors in one dialect: status, envelope, the headers to ask about it with.
final class ErrorChecks {
    private static final int LARGEST = 8 << 20;

    private final ModelClient client;
    private final Dialect dialect;

    ErrorChecks(ModelClient client, Dialect dialect) {
        this.client = client;
        this.dialect = dialect;
    }

    String unknownModel() throws Unfulfilled, InterruptedException {
        Prompt prompt = Prompt.of("no-model-has-this-name", "Hi", 1);
        return error(dialect.body(prompt).toString(), 404).refusal();
    }

    String malformed() throws Unfulfilled, InterruptedException {
        error("{\"model\": \"" + client.model() + "\", \"stream\": tru", 400);
        return error("{}", 400).refusal();
    }

    /// A prompt that does not fit is refused in the words that make clients compact; `context` is
    /// what the gateway says one request may hold.
    String overflow(int context) throws Unfulfilled, InterruptedException {
        if (context <= 0) {
            throw Unfulfilled.skipped("/v1/models does not tell the context");
        }
        String words = "word ".repeat(Math.min(LARGEST, context + context / 8 + 100));
        if (words.length() > LARGEST) {
            throw Unfulfilled.skipped("a context of " + context + " takes too long to fill");
        }
        String body = dialect.body(client.prompt(words, 1)).toString();
        Api.Answer answer = client.api().post(dialect.path(), body, client.patience());
        if (answer.status() == 413) {
            throw Unfulfilled.notShown("the gateway's max_body is smaller than the context");
        }
        checked(answer, 400);
        if (!dialect.overflow(answer.json())) {
            throw Unfulfilled.failed("clients do not take this for an overflow: " + answer.text());
        }
        return answer.refusal();
    }

    private Api.Answer error(String body, int status) throws Unfulfilled, InterruptedException {
        return checked(client.api().post(dialect.path(), body, client.patience()), status);
    }

    private Api.Answer checked(Api.Answer answer, int status) throws Unfulfilled {
        if (answer.status() != status) {
            throw Unfulfilled.failed("the status is not " + status + " but " + answer.refusal());
        }
        String wrong = dialect.error(answer.json());
        if (!wrong.isEmpty()) {
            throw Unfulfilled.failed("the error's envelope: " + wrong + ": " + answer.text());
        }
        for (String header : new String[] {"request-id", "x-request-id"}) {
            if (answer.headers().firstValue(header).isEmpty()) {
                throw Unfulfilled.failed("the error has no header " + header);
            }
        }
        return answer;
    }
}
