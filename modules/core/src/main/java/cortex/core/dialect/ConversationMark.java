package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// A number that stays the same over the requests of one conversation, gathered while the body is
/// read: from what the client says the conversation is (`metadata.user_id`, `prompt_cache_key`,
/// `user`), else from the beginning of what never changes as it goes on, the system text and the
/// first user turn. Only the first bytes of each text count, and only so many texts, so that a long
/// body costs no more than a short one. No secret and no proof of anything: two conversations may
/// have the same number.
final class ConversationMark {
    private static final int LONGEST_SAMPLE = 1024;
    private static final int SAMPLES = 8;

    private final byte[] body;
    private long userId;
    private long cacheKey;
    private long user;
    private long leading;
    private int samples;
    private boolean users;
    private boolean usersSeen;

    ConversationMark(byte[] body) {
        this.body = body;
    }

    /// Reads the property's value when it tells something, else skips it. The parser stands on the
    /// value's first token.
    void property(String name, JsonParser json, JsonToken token) {
        switch (name) {
            case "system", "instructions", "prompt", "input" -> texts(json, token);
            case "metadata" -> metadata(json, token);
            case "prompt_cache_key" -> cacheKey = said(json, token);
            case "user" -> user = said(json, token);
            default -> json.skipChildren();
        }
    }

    /// The number; 0 when nothing in the body tells conversations apart.
    long value() {
        if (userId != 0) {
            return userId;
        }
        if (cacheKey != 0) {
            return cacheKey;
        }
        return user != 0 ? user : leading;
    }

    /// A number for a name that a client gave to a conversation; never 0.
    static long of(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        long hash = name.length();
        for (byte b : bytes) {
            hash = mix(hash, b);
        }
        return spread(hash);
    }

    private static long said(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_STRING) {
            String name = json.getString();
            return name.isBlank() ? 0 : of(name);
        }
        json.skipChildren();
        return 0;
    }

    private void metadata(JsonParser json, JsonToken token) {
        if (token != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean tells = "user_id".equals(json.currentName());
            JsonToken value = json.nextToken();
            if (tells) {
                userId = said(json, value);
            } else {
                json.skipChildren();
            }
        }
    }

    /// Takes in one token of a list of turns, `depth` arrays and objects deep; nothing after the
    /// user's first turn.
    void turn(JsonParser json, JsonToken token, int depth) {
        if (usersSeen) {
            return;
        }
        if (token == JsonToken.VALUE_STRING) {
            @Nullable String name = json.currentName();
            if (depth == 2 && "role".equals(name)) {
                users = json.getString().equals("user");
            } else if ("text".equals(name) || (depth == 2 && "content".equals(name))) {
                sample((int) json.currentTokenLocation().getByteOffset() + 1);
            }
        } else if (token == JsonToken.END_OBJECT && depth == 2) {
            usersSeen = users;
        }
    }

    /// An element of a list of texts.
    void text(JsonParser json, JsonToken token) {
        if (token == JsonToken.START_OBJECT) {
            block(json);
        } else {
            texts(json, token);
        }
    }

    /// A text, or a list of blocks with texts.
    private void texts(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_STRING) {
            sample((int) json.currentTokenLocation().getByteOffset() + 1);
        } else if (token != JsonToken.START_ARRAY) {
            json.skipChildren();
        } else {
            for (JsonToken part; (part = json.nextToken()) != JsonToken.END_ARRAY; ) {
                text(json, part);
            }
        }
    }

    private void block(JsonParser json) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean text = "text".equals(json.currentName());
            JsonToken value = json.nextToken();
            if (text && value == JsonToken.VALUE_STRING) {
                texts(json, value);
            } else {
                json.skipChildren();
            }
        }
    }

    /// Takes in the first bytes of the string whose contents begin at `from`, as they are written.
    private void sample(int from) {
        if (samples == SAMPLES) {
            return;
        }
        samples++;
        int end = Math.min(body.length, from + LONGEST_SAMPLE);
        long hash = leading;
        for (int at = from; at < end && body[at] != '"'; at++) {
            hash = mix(hash, body[at]);
            if (body[at] == '\\' && at + 1 < end) {
                at++;
                hash = mix(hash, body[at]);
            }
        }
        leading = spread(hash);
    }

    private static long mix(long hash, byte next) {
        return (hash ^ (next & 0xff)) * 0x100000001b3L;
    }

    /// The high bits into the low ones; never 0.
    private static long spread(long hash) {
        long mixed = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 29;
        return mixed == 0 ? 1 : mixed;
    }
}
