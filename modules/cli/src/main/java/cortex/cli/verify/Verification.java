package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.verify.Finding.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// One run over one model: every check in every dialect that the gateway has, in order, and nearly
/// always one request at a time. Each finding is told as soon as it is known.
final class Verification {
    /// How long a model may take until it answers for the first time.
    static final Duration LOADING = Duration.ofMinutes(15);

    /// A check that takes longer than this, or than a quarter of the patience, is told to wait.
    private static final Duration SLOW = Duration.ofSeconds(5);

    /// Is told what is found, and which check is waiting for the model meanwhile.
    interface Listener {
        void found(Finding finding);

        void waits(String check, String dialect);
    }

    private final ModelClient client;
    private JsonNode entry;
    private final Listener listener;
    private final List<Finding> findings = new ArrayList<>();

    /// Checks the model that `entry` of /v1/models describes.
    Verification(Api api, JsonNode entry, Duration patience, Listener listener) {
        this.client = new ModelClient(api, entry.path("id").asString(""), patience);
        this.entry = entry;
        this.listener = listener;
    }

    /// What is done for a finding; gives its detail.
    private interface Check {
        String run() throws Unfulfilled, InterruptedException;
    }

    List<Finding> run() throws InterruptedException {
        ExtraChecks extra = new ExtraChecks(client);
        if (claims("rerank")) {
            check("rerank", "-", extra::rerank); // it is made for nothing else
            return findings;
        }
        if (claims("embeddings")) {
            check("embeddings", "-", extra::embeddings); // it is made for nothing else
            return findings;
        }
        boolean loads = check("loads", "-", () -> loads(Dialect.all().getFirst()));
        if (!loads) {
            return findings;
        }
        learn();
        for (Dialect dialect : Dialect.all()) {
            if (check("route", dialect.name(), () -> route(dialect))) {
                inDialect(dialect);
            }
        }
        return findings;
    }

    /// What a model can is told by its engine, once it runs.
    private void learn() throws InterruptedException {
        try {
            Api.Answer answer = client.api().model(client.model());
            entry = answer.ok() ? answer.json() : entry;
        } catch (Unfulfilled e) {
            findings.add(new Finding("described", "-", Verdict.FAIL, e.why()));
            listener.found(findings.getLast());
        }
    }

    private void inDialect(Dialect dialect) throws InterruptedException {
        String name = dialect.name();
        AnswerChecks answers = new AnswerChecks(client, dialect);
        check("whole answer", name, answers::whole);
        check("stream", name, answers::streamed);
        check("usage", name, answers::usage);
        check("length limit", name, answers::limit);
        if (dialect.tools()) {
            ToolChecks tools = new ToolChecks(client, dialect);
            check("tool call, streamed", name, () -> tools.call(true));
            check("tool call, whole", name, () -> tools.call(false));
            check("tool round trip", name, tools::roundTrip);
            check("parallel tools", name, tools::parallel);
            check("vision", name, () -> vision(dialect));
        }
        check("cancel frees the slot", name, () -> new CancelCheck(client, dialect, root()).run());
        ErrorChecks errors = new ErrorChecks(client, dialect);
        check("unknown model", name, errors::unknownModel);
        check("malformed body", name, errors::malformed);
        if (dialect.tools()) {
            int context = entry.path("max_input_tokens").asInt(0);
            check("context overflow", name, () -> errors.overflow(context));
        }
        if (name.equals("messages")) {
            check("count_tokens", name, () -> new ExtraChecks(client).countTokens(dialect));
        }
        check("signs of life", name, answers::keepalive);
    }

    private String loads(Dialect chat) throws Unfulfilled, InterruptedException {
        long begin = client.api().time().nanos();
        String body = chat.body(client.prompt("Hi", 1)).toString();
        Api.Answer answer = client.api().post(chat.path(), body, LOADING);
        if (!answer.ok()) {
            throw Unfulfilled.failed(answer.refusal());
        }
        long millis = (client.api().time().nanos() - begin) / 1_000_000;
        return "answered after " + millis + " ms";
    }

    private String vision(Dialect dialect) throws Unfulfilled, InterruptedException {
        if (!claims("vision")) {
            throw Unfulfilled.skipped("not supported, says /v1/models");
        }
        return new ExtraChecks(client).vision(dialect);
    }

    private String route(Dialect dialect) throws Unfulfilled, InterruptedException {
        int status = client.api().post(dialect.path(), "{}", client.patience()).status();
        if (status == 404) {
            throw Unfulfilled.skipped("404: this gateway has no " + dialect.path());
        }
        return "POST " + dialect.path();
    }

    /// The model itself, of which an alias is asked for.
    private String root() {
        return entry.path("root").asString(client.model());
    }

    private boolean claims(String capability) {
        return entry.path("capabilities").path(capability).asBoolean(false);
    }

    /// Tells of a check that takes long, unless it ends before.
    private void watch(String name, String dialect) {
        Duration quarter = client.patience().dividedBy(4);
        try {
            client.api().time().sleep(quarter.compareTo(SLOW) < 0 ? quarter : SLOW);
            listener.waits(name, dialect);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the check has ended
        }
    }

    /// Whether it passed.
    private boolean check(String name, String dialect, Check check) throws InterruptedException {
        Finding finding;
        Thread watch = Thread.ofVirtual().start(() -> watch(name, dialect));
        try {
            finding = new Finding(name, dialect, Verdict.PASS, check.run());
        } catch (Unfulfilled e) {
            finding = new Finding(name, dialect, e.verdict(), e.why());
        } finally {
            watch.interrupt();
            watch.join();
        }
        findings.add(finding);
        listener.found(finding);
        return finding.verdict() == Verdict.PASS;
    }
}
