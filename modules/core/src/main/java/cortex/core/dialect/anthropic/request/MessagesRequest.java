package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Growth;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.request.ChatPrompt;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Translates Anthropic Messages requests. Fields it does not know are ignored, as the API keeps
/// growing; what cannot be done at all is refused.
public final class MessagesRequest {
    /// Fields that are understood, or mean nothing to an engine and are no news.
    private static final Set<String> KNOWN =
            Set.of(
                    "model",
                    "max_tokens",
                    "system",
                    "messages",
                    "tools",
                    "tool_choice",
                    "stop_sequences",
                    "temperature",
                    "top_p",
                    "top_k",
                    "stream",
                    "thinking",
                    "output_config",
                    "output_format",
                    "metadata",
                    "cache_control");

    private final ObjectNode request;
    private final Target target;
    private final Images images;
    private final Growth growth;

    private MessagesRequest(byte[] body, Target target) {
        this.request = ChatJson.object(body);
        this.target = target;
        this.images = target.images();
        this.growth = Growth.of(body.length, request);
    }

    /// Translates a request's body.
    ///
    /// @throws FailureException with what is wrong with it
    public static TranslatedRequest translate(byte[] body, Target target) {
        return new MessagesRequest(body, target).translated();
    }

    /// The chat request whose prompt is the request's, for counting its tokens: nothing about the
    /// answer is in it.
    ///
    /// @throws FailureException with what is wrong with it
    public static ObjectNode prompt(byte[] body, Target target) {
        MessagesRequest request = new MessagesRequest(body, target);
        ChatPrompt prompt = request.read().prompt();
        prompt.reasoning(Options.reasoning(request.request));
        request.growth.check(prompt.body(), request.images);
        return ChatPrompt.promptOf(prompt.body());
    }

    /// A request half translated, and what was left out of it.
    private record Read(ChatPrompt prompt, Set<String> dropped) {}

    private TranslatedRequest translated() {
        Read read = read();
        ChatPrompt prompt = read.prompt();
        prompt.refusePrefill("messages");
        ObjectNode body = prompt.body();
        Integer most = Options.maxTokens(request, prompt);
        if (most != null) {
            body.put("max_tokens", Math.max(1, most));
        }
        Options.sampling(request, body);
        Options.format(request, prompt);
        prompt.reasoning(Options.reasoning(request));
        growth.check(body, images);
        var client =
                new ChatRequest.Client(
                        ChatJson.stringOrEmpty(request, "model"), flag("stream"), sessionId());
        boolean prewarm = most != null && most == 0;
        return new TranslatedRequest(prompt.streamed(client, read.dropped()), prewarm);
    }

    private Read read() {
        refuseWhatCannotBe();
        Media media = new Media(images);
        JsonNode messages = request.path("messages");
        Turns.Read turns = Turns.read(messages, media);
        Conversation conversation =
                Conversation.arrange(
                        SystemText.of(request.path("system"), "system"),
                        turns.turns(),
                        target.quirks());
        if (conversation.turns().isEmpty()) {
            throw ChatJson.bad("messages: at least one message is required", "messages");
        }
        Tools.Read tools =
                Tools.read(request.path("tools"), messages, target.quirks().stripSchemas());
        ToolAsk ask = ask(tools.tools());
        Set<String> dropped = new TreeSet<>(turns.dropped());
        dropped.addAll(tools.dropped());
        request.propertyNames().stream().filter(n -> !KNOWN.contains(n)).forEach(dropped::add);
        return new Read(ChatPrompt.of(target, conversation, ask, tools.tools()), dropped);
    }

    private ToolAsk ask(ArrayNode tools) {
        // An empty list with a choice is what counting tokens sends; there is nothing to choose.
        boolean none = tools.isEmpty() && !ChatJson.has(request.path("tool_choice"), "name");
        return none ? ToolAsk.AUTO : Tools.choice(request.path("tool_choice"), tools);
    }

    private void refuseWhatCannotBe() {
        if (request.path("mcp_servers").isArray() && !request.path("mcp_servers").isEmpty()) {
            throw ChatJson.bad(
                    "mcp_servers: MCP servers are not reached from here; let the client connect"
                            + " to them",
                    "mcp_servers");
        }
        if (!ChatJson.has(request, "thread")) {
            return;
        }
        boolean goesOn = ChatJson.stringOrEmpty(request.path("thread"), "type").equals("continue");
        throw new FailureException(
                new Failure.Unsupported(
                        goesOn ? 404 : 400,
                        "thread: this server keeps no conversations; send the whole one",
                        goesOn ? "thread_not_found" : "thread_unsupported_request"));
    }

    private boolean flag(String name) {
        JsonNode value = request.path(name);
        if (value.isBoolean() || value.isNull() || value.isMissingNode()) {
            return value.asBoolean(false);
        }
        throw ChatJson.bad(name + ": Input should be true or false", name);
    }

    /// Claude Code puts a JSON text with its session's id into `metadata.user_id`.
    private @Nullable String sessionId() {
        String user = ChatJson.string(request.path("metadata"), "user_id");
        if (user == null || !user.startsWith("{")) {
            return user;
        }
        JsonNode parts = ChatJson.parse(user);
        String session = parts == null ? null : ChatJson.string(parts, "session_id");
        return session == null ? user : session;
    }
}
