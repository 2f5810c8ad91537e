package cortex.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.cli.verify.ScriptedGateway.Fault;
import cortex.core.node.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The whole command against a scripted gateway: what is right passes, and each thing that can be
/// wrong is found out by its name.
class VerifyCommandTest {
    private record Result(int code, String text) {
        List<String> checks(String result) {
            List<String> names = new ArrayList<>();
            for (JsonNode check : Json.MAPPER.readTree(text).path("checks")) {
                if (check.path("result").asString("").equals(result)) {
                    names.add(check.path("check").asString(""));
                }
            }
            return names;
        }
    }

    private static Result run(String url, String model, boolean json) throws Exception {
        return run(url, new VerifyCommand.Options(model, Duration.ofSeconds(20), json));
    }

    private static Result run(String url, VerifyCommand.Options options) throws Exception {
        StringWriter out = new StringWriter();
        int code =
                new VerifyCommand(
                                new PrintWriter(out),
                                url,
                                new VerifyCommand.Keys("", ""),
                                HttpClient.newHttpClient())
                        .run(options);
        return new Result(code, out.toString());
    }

    @Test
    void aSoundModelPasses() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            Result result = run(gateway.url(), "tiny", true);
            assertThat(result.checks("fail")).as(result.text()).isEmpty();
            assertThat(result.code()).isZero();
            assertThat(result.checks("pass"))
                    .containsExactly(
                            "loads",
                            "route",
                            "whole answer",
                            "stream",
                            "usage",
                            "length limit",
                            "tool call, streamed",
                            "tool call, whole",
                            "tool round trip",
                            "parallel tools",
                            "cancel frees the slot",
                            "unknown model",
                            "malformed body",
                            "context overflow");
            assertThat(result.checks("skip")).containsExactly("vision", "route", "route", "route");
            assertThat(result.checks("not shown")).containsExactly("signs of life");
        }
    }

    /// Another client's slot is not waited for.
    @Test
    void asManyStreamsAreLeftAsOneClientMayHave() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            Result result = run(gateway.url(), "tiny", true);
            assertThat(result.text()).contains("2 streams left, free after ");
            assertThat(gateway.mostStreams()).isEqualTo(2);
        }
    }

    @Test
    void aCheckThatWaitsSaysSo() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway(Fault.HANGS)) {
            VerifyCommand.Options options =
                    new VerifyCommand.Options("tiny", Duration.ofSeconds(1), false);
            assertThat(run(gateway.url(), options).text())
                    .containsPattern("(?m)^stream +chat +… +waits for the model$");
        }
    }

    @Test
    void anAliasIsLookedForByItsModelsName() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            Result result = run(gateway.url(), "small", true);
            assertThat(result.checks("pass")).as(result.text()).contains("cancel frees the slot");
        }
    }

    @Test
    void aModelForVectorsIsAskedForVectorsOnly() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            Result result = run(gateway.url(), "vectors", true);
            assertThat(result.text()).contains("2 dimensions");
            assertThat(result.checks("pass")).containsExactly("embeddings");
            assertThat(result.code()).isZero();
        }
        try (ScriptedGateway gateway = new ScriptedGateway(Fault.VECTORS)) {
            assertThat(run(gateway.url(), "vectors", true).checks("fail"))
                    .containsExactly("embeddings");
        }
    }

    @Test
    void aModelThatRanksIsAskedToRankOnly() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            Result result = run(gateway.url(), "ranks", true);
            assertThat(result.checks("pass")).containsExactly("rerank");
            assertThat(result.code()).isZero();
        }
        try (ScriptedGateway gateway = new ScriptedGateway(Fault.RANKS)) {
            assertThat(run(gateway.url(), "ranks", true).checks("fail")).containsExactly("rerank");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    COUNTS        | usage
                    CUT_SAYS_STOP | length limit
                    ARGUMENTS     | parallel tools
                    IDS           | parallel tools
                    NO_DONE       | stream
                    LEAK          | cancel frees the slot
                    DEAF          | cancel frees the slot
                    NO_LIMIT      | length limit
                    ERRORS        | unknown model
                    ERRORS        | malformed body
                    OVERFLOWS     | context overflow
                    RESULTS       | tool round trip
                    HANGS         | stream
                    DOWN          | loads
                    """)
    void whatIsWrongIsFoundOut(Fault fault, String check) throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway(fault)) {
            boolean waits = fault == Fault.HANGS || fault == Fault.LEAK || fault == Fault.DEAF;
            Duration patience = Duration.ofSeconds(waits ? 1 : 20);
            Result result = run(gateway.url(), new VerifyCommand.Options("tiny", patience, true));
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.checks("fail")).as(result.text()).contains(check);
        }
    }

    @Test
    void theTableSaysWhatFailedAndHowMany() throws Exception {
        try (ScriptedGateway gateway = new ScriptedGateway(Fault.ARGUMENTS)) {
            Result result = run(gateway.url(), "tiny", false);
            assertThat(result.text())
                    .startsWith("Model tiny at " + gateway.url())
                    .containsPattern("(?m)^CHECK +DIALECT +RESULT +DETAIL$")
                    .containsPattern(
                            "(?m)^tool call, streamed +chat +fail +streamed: the arguments of a")
                    .containsPattern("(?m)^route +messages +skip +404")
                    .contains("10 passed, 4 failed, 1 not shown by this model, 4 skipped.");
        }
    }

    @Test
    void whatCannotBeAskedIsSaid() throws Exception {
        String url;
        try (ScriptedGateway gateway = new ScriptedGateway()) {
            url = gateway.url();
            assertThatThrownBy(() -> run(url, "nobody", false))
                    .isInstanceOf(VerifyCommand.NoModelException.class)
                    .hasMessageContaining("404");
        }
        assertThatThrownBy(() -> run(url, "tiny", false))
                .isInstanceOf(VerifyCommand.NoModelException.class)
                .hasMessageContaining("Is cortex running there?");
        assertThatThrownBy(() -> run("not a url", "tiny", false))
                .hasMessageContaining("is not the URL of a gateway");
    }
}
