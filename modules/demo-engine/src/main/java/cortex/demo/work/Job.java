package cortex.demo.work;

import cortex.demo.http.Client;
import cortex.demo.script.Script;

/// One generation to be done: the prompt and its tokens, the script, and the client, whose leaving
/// ends it.
public record Job(String prompt, int promptTokens, Script script, Client client) {}
