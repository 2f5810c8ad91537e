package cortex.demo.work;

import cortex.demo.http.Client;
import cortex.demo.script.Script;

/// One generation to be done: the prompt and its tokens, the script, who asked, and whether the
/// answer is streamed. A streaming client's leaving is acted on at once, any other's after a second
/// or, when `runsOn`, not at all.
public record Job(
        String prompt,
        int promptTokens,
        Script script,
        Client client,
        boolean stream,
        boolean runsOn) {}
