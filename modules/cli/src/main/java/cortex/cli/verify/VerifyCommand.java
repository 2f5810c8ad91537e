package cortex.cli.verify;

import cortex.cli.verify.Finding.Verdict;
import cortex.core.log.SafeText;
import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `cortex verify`: whether a live model behaves in every dialect as clients rely on, as a table or
/// as JSON. The exit code is 0 when nothing failed.
public final class VerifyCommand {
    private static final String ROW = "%-22s %-12s %-10s %s";

    private final PrintWriter out;
    private final String url;
    private final Api api;

    /// What is shown to the gateway: a client's key, and an operator's for what the fleet does;
    /// empty where there is none.
    public record Keys(String clients, String operators) {}

    /// Asks the gateway at `url` with these keys, over `http`; prints to `out`.
    public VerifyCommand(PrintWriter out, String url, Keys keys, HttpClient http) {
        this.out = SafeText.printer(out);
        this.url = url;
        this.api = new Api(url, keys, http, new SystemTime());
    }

    /// How it is run: `model` is an id or an alias, `patience` the longest wait for one answer once
    /// the model is loaded.
    public record Options(String model, Duration patience, boolean json) {}

    /// The model cannot be asked at all; the message is a sentence.
    public static final class NoModelException extends Exception {
        private static final long serialVersionUID = 1L;

        NoModelException(String message) {
            super(message, null, false, false);
        }
    }

    /// Runs every check and gives the exit code.
    ///
    /// @throws NoModelException when the gateway does not answer or has no such model
    public int run(Options options) throws NoModelException, InterruptedException {
        JsonNode entry = entry(options.model());
        if (!options.json()) {
            print("Model " + entry.path("id").asString("") + " at " + url);
            out.println();
            print(ROW.formatted("CHECK", "DIALECT", "RESULT", "DETAIL"));
        }
        List<Finding> findings =
                new Verification(api, entry, options.patience(), new Lines(!options.json())).run();
        long failed = findings.stream().filter(f -> f.verdict() == Verdict.FAIL).count();
        if (options.json()) {
            json(entry.path("id").asString(""), findings, failed == 0);
        } else {
            summary(findings, failed);
        }
        return failed == 0 ? 0 : 1;
    }

    private JsonNode entry(String model) throws NoModelException, InterruptedException {
        try {
            Api.Answer answer = api.model(model);
            if (answer.ok() && answer.json().path("id").isString()) {
                return answer.json();
            }
            String hint = answer.status() == 401 ? " Set CORTEX_API_KEY to one of its keys." : "";
            throw new NoModelException(url + " answered " + answer.refusal() + hint);
        } catch (Unfulfilled e) {
            String hint = " Is cortex running there? --url or CORTEX_URL says where.";
            throw new NoModelException(url + " gave " + e.why() + "." + hint);
        } catch (IllegalArgumentException e) {
            throw new NoModelException(
                    "'" + url + "' is not the URL of a gateway; it looks like http://host:8000.");
        }
    }

    /// Prints a row for each finding, and one where somebody has to wait for it.
    private final class Lines implements Verification.Listener {
        private final boolean shown;

        Lines(boolean shown) {
            this.shown = shown;
        }

        @Override
        public void found(Finding found) {
            row(found.check(), found.dialect(), found.verdict().word(), found.detail());
        }

        @Override
        public void waits(String check, String dialect) {
            row(check, dialect, "…", "waits for the model");
        }

        private void row(String check, String dialect, String result, String detail) {
            if (shown) {
                print(ROW.formatted(check, dialect, result, detail));
            }
        }
    }

    private void print(String line) {
        out.println(SafeText.line(line.stripTrailing()));
        out.flush();
    }

    private void summary(List<Finding> findings, long failed) {
        out.println();
        out.println(
                "%d passed, %d failed, %d not shown by this model, %d skipped."
                        .formatted(
                                count(findings, Verdict.PASS),
                                failed,
                                count(findings, Verdict.NOT_SHOWN),
                                count(findings, Verdict.SKIP)));
    }

    private static long count(List<Finding> findings, Verdict verdict) {
        return findings.stream().filter(found -> found.verdict() == verdict).count();
    }

    private void json(String model, List<Finding> findings, boolean passed) {
        ObjectNode all = Json.MAPPER.createObjectNode();
        all.put("model", model).put("url", url).put("passed", passed);
        ArrayNode checks = all.putArray("checks");
        for (Finding found : findings) {
            checks.addObject()
                    .put("check", found.check())
                    .put("dialect", found.dialect())
                    .put("result", found.verdict().word())
                    .put("detail", found.detail());
        }
        out.println(all);
    }
}
