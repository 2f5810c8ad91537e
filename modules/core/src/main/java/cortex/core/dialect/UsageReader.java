package cortex.core.dialect;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Reads token counts and the finish reason out of one JSON object: a whole answer, or one line of
/// a stream. Understands `usage` as all OpenAI-compatible engines send it and llama-server's
/// `timings`, which come without being asked for.
public final class UsageReader {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private @Nullable Long prompt;
    private @Nullable Long completion;
    private @Nullable Long cached;
    private @Nullable Long timedPrompt;
    private @Nullable Long timedCached;
    private @Nullable Long timedCompletion;
    private static final int LONGEST_WORD = 64;

    private @Nullable String finishReason;

    private UsageReader() {}

    /// What one object tells. `finishReason` is the first choice's, null when there is none yet.
    public record Reading(Usage usage, @Nullable String finishReason) {}

    /// Reads the object in `bytes`; what cannot be read counts as not told.
    public static Reading read(byte[] bytes, int offset, int length) {
        UsageReader reader = new UsageReader();
        try (JsonParser json =
                FACTORY.createParser(ObjectReadContext.empty(), bytes, offset, length)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                reader.root(json);
            }
        } catch (JacksonException e) {
            return reader.reading();
        }
        return reader.reading();
    }

    private Reading reading() {
        Long timed =
                timedPrompt == null
                        ? null
                        : Long.valueOf(timedPrompt + (timedCached == null ? 0 : timedCached));
        return new Reading(
                new Usage(timed, timedCompletion, timedCached)
                        .merge(new Usage(prompt, completion, cached)),
                finishReason);
    }

    private void root(JsonParser json) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            JsonToken token = json.nextToken();
            switch (name) {
                case "usage" -> object(json, token, this::usage);
                case "timings" -> object(json, token, this::timings);
                case "choices" -> choices(json, token);
                default -> json.skipChildren();
            }
        }
    }

    private void usage(JsonParser json, String name, JsonToken token) {
        switch (name) {
            case "prompt_tokens", "input_tokens" -> prompt = count(json, token, prompt);
            case "completion_tokens", "output_tokens" ->
                    completion = count(json, token, completion);
            case "prompt_tokens_details" -> object(json, token, this::details);
            default -> json.skipChildren();
        }
    }

    private void details(JsonParser json, String name, JsonToken token) {
        if (name.equals("cached_tokens")) {
            cached = count(json, token, cached);
        } else {
            json.skipChildren();
        }
    }

    private void timings(JsonParser json, String name, JsonToken token) {
        switch (name) {
            case "prompt_n" -> timedPrompt = count(json, token, timedPrompt);
            case "cache_n" -> timedCached = count(json, token, timedCached);
            case "predicted_n" -> timedCompletion = count(json, token, timedCompletion);
            default -> json.skipChildren();
        }
    }

    private void choices(JsonParser json, JsonToken token) {
        if (token != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        while (true) {
            JsonToken element = json.nextToken();
            if (element == null || element == JsonToken.END_ARRAY) {
                return;
            }
            object(json, element, this::choice);
        }
    }

    private void choice(JsonParser json, String name, JsonToken token) {
        if (name.equals("finish_reason")
                && token == JsonToken.VALUE_STRING
                && finishReason == null) {
            finishReason = word(json.getString());
        } else {
            json.skipChildren();
        }
    }

    /// What is kept and logged of an engine's word.
    private static String word(String said) {
        return said.length() <= LONGEST_WORD ? said : said.substring(0, LONGEST_WORD);
    }

    private static @Nullable Long count(
            JsonParser json, JsonToken token, @Nullable Long otherwise) {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            long value = json.getLongValue();
            return value < 0 ? otherwise : Long.valueOf(value);
        }
        json.skipChildren();
        return otherwise;
    }

    private interface Property {
        void read(JsonParser json, String name, JsonToken token);
    }

    private static void object(JsonParser json, JsonToken token, Property property) {
        if (token != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            property.read(json, name, json.nextToken());
        }
    }
}
