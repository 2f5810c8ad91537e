package cortex.core.engine;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The forms of OpenAI's chat API that engines speak, and what each understands. Only this file
/// tells one form from another: other code asks its methods, and the compiler asks each method
/// about a new form. {@link HarnessKind} has the facts about running an engine.
public enum EngineApi {
    /// llama.cpp's llama-server and what speaks as it does.
    LLAMA_SERVER("llama-server"),
    /// mistral.rs and what speaks as it does.
    MISTRALRS("mistralrs"),
    /// Any other server of the API: it gets only fields that all of them take.
    GENERIC("generic");

    private static final List<EngineApi> ALL = List.of(values());

    private final String word;

    EngineApi(String word) {
        this.word = word;
    }

    /// The form's name in the neuron API.
    public String word() {
        return word;
    }

    /// The form that a model's engine turned out to speak, or else the one of its harness.
    public static EngineApi of(String harness, EngineTraits seen) {
        String told = Objects.requireNonNullElse(seen.api(), GENERIC.word);
        for (EngineApi api : ALL) {
            if (api != GENERIC && api.word.equals(told)) {
                return api;
            }
        }
        @Nullable HarnessKind kind = HarnessKind.find(harness);
        return kind == null ? GENERIC : kind.api();
    }

    /// Whether a request can name the one tool to call. llama-server takes an object under
    /// `tool_choice` for `"auto"`.
    public boolean namesOneTool() {
        return switch (this) {
            case LLAMA_SERVER -> false;
            case MISTRALRS, GENERIC -> true;
        };
    }

    /// Whether tools that must not be called are sent although no call in the history needs them,
    /// under `tool_choice: "none"`.
    public boolean takesForbiddenTools() {
        return switch (this) {
            case LLAMA_SERVER -> false;
            case MISTRALRS, GENERIC -> true;
        };
    }

    /// Whether it takes the field `parallel_tool_calls`.
    public boolean takesParallelToolCalls() {
        return switch (this) {
            case LLAMA_SERVER, GENERIC -> true;
            case MISTRALRS -> false;
        };
    }

    /// Whether it makes one tool call when asked to. An answer of others is cut to its first.
    public boolean keepsToOneCall() {
        return switch (this) {
            case LLAMA_SERVER -> true;
            case MISTRALRS, GENERIC -> false;
        };
    }

    /// Whether it goes on with a turn of its own that the conversation ends in.
    public boolean continuesAssistantTurn() {
        return switch (this) {
            case LLAMA_SERVER, GENERIC -> true;
            case MISTRALRS -> false;
        };
    }

    /// Whether it does so only while the model does not reason.
    public boolean continuesWithoutReasoning() {
        return switch (this) {
            case LLAMA_SERVER -> true;
            case MISTRALRS, GENERIC -> false;
        };
    }

    /// Whether it reports how far it is with a long prompt, for `return_progress`.
    public boolean reportsProgress() {
        return switch (this) {
            case LLAMA_SERVER -> true;
            case MISTRALRS, GENERIC -> false;
        };
    }

    /// Whether it is known to take reasoning: an effort, and `reasoning_content` in the history of
    /// any model.
    public boolean takesReasoning() {
        return switch (this) {
            case LLAMA_SERVER, MISTRALRS -> true;
            case GENERIC -> false;
        };
    }

    /// Where reasoning is switched on and off.
    public ReasoningSwitch reasoningSwitch() {
        return switch (this) {
            case LLAMA_SERVER -> ReasoningSwitch.TEMPLATE;
            case MISTRALRS -> ReasoningSwitch.FIELD;
            case GENERIC -> ReasoningSwitch.NONE;
        };
    }

    /// Whether it takes a budget of tokens for reasoning, as `thinking_budget_tokens`.
    public boolean takesReasoningBudget() {
        return switch (this) {
            case LLAMA_SERVER -> true;
            case MISTRALRS, GENERIC -> false;
        };
    }

    /// The highest effort a model takes of which nothing is said: templates know three, and
    /// mistral.rs a fourth.
    public Effort usualEffort() {
        return switch (this) {
            case LLAMA_SERVER, GENERIC -> Effort.HIGH;
            case MISTRALRS -> Effort.XHIGH;
        };
    }

    /// The highest effort it takes at all, whatever is said of the model.
    public Effort highestEffort() {
        return switch (this) {
            case LLAMA_SERVER, GENERIC -> Effort.MAX;
            case MISTRALRS -> Effort.XHIGH;
        };
    }

    /// The formats of images it reads; empty when it is not known to refuse any. llama-server's are
    /// those of its decoder, stb_image.
    public List<String> imageFormats() {
        return switch (this) {
            case LLAMA_SERVER -> List.of("jpeg", "png", "gif", "bmp", "tga");
            case MISTRALRS, GENERIC -> List.of();
        };
    }

    /// How it counts a prompt's tokens.
    public Counting counting() {
        return switch (this) {
            case LLAMA_SERVER -> Counting.CHAT;
            case MISTRALRS -> Counting.MESSAGES;
            case GENERIC -> Counting.NONE;
        };
    }

    /// Where a request switches reasoning on and off.
    public enum ReasoningSwitch {
        /// As an argument of the chat template, in `chat_template_kwargs`.
        TEMPLATE,
        /// As a field of the request, `enable_thinking`.
        FIELD,
        /// Nowhere.
        NONE
    }

    /// What an engine counts the tokens of.
    public enum Counting {
        /// A chat request: the engine applies its template, and counts images.
        CHAT,
        /// Only a request in Anthropic's form.
        MESSAGES,
        /// Nothing.
        NONE
    }
}
