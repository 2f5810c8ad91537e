package cortex.demo.llama;

import cortex.demo.script.JsonText;
import cortex.demo.work.Collected;
import cortex.demo.work.Timings;
import java.util.Random;
import java.util.StringJoiner;

/// The JSON fragments llama-server's answers share.
final class Wire {
    /// What stands where llama-server names its build.
    static final String FINGERPRINT = "b10573-demo";

    private static final String ALPHABET =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final Random RANDOM = new Random();

    private Wire() {}

    /// 32 letters and digits, as llama-server makes its ids.
    static String randomId() {
        StringBuilder id = new StringBuilder(32);
        for (int i = 0; i < 32; i++) {
            id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }

    /// What one answer says about itself.
    record Origin(String id, String model, long created) {
        static Origin of(String model, long created) {
            return new Origin("chatcmpl-" + randomId(), model, created);
        }

        /// The fields in the order of a streamed chunk.
        String chunk(String object) {
            return """
            ,"created":%d,"id":"%s","model":%s,"system_fingerprint":"%s","object":"%s"\
            """
                    .formatted(created, id, JsonText.quote(model), FINGERPRINT, object);
        }

        /// The fields up to the object's name, as in a whole answer and a text completion.
        String whole(String object) {
            return """
            ,"created":%d,"model":%s,"system_fingerprint":"%s","object":"%s"\
            """
                    .formatted(created, JsonText.quote(model), FINGERPRINT, object);
        }
    }

    /// The assistant's message of an answer that is not streamed.
    static String message(Collected all) {
        StringBuilder json = new StringBuilder("{\"role\":\"assistant\",\"content\":");
        json.append(JsonText.quote(all.text()));
        if (!all.thought().isEmpty()) {
            json.append(",\"reasoning_content\":").append(JsonText.quote(all.thought()));
        }
        if (!all.calls().isEmpty()) {
            StringJoiner calls = new StringJoiner(",", ",\"tool_calls\":[", "]");
            for (Collected.Call call : all.calls()) {
                String name = JsonText.quote(call.name());
                String arguments = JsonText.quote(call.arguments().toString());
                calls.add(
                        """
                        {"type":"function","function":{"name":%s,"arguments":%s},"id":"%s"}\
                        """
                                .formatted(name, arguments, randomId()));
            }
            json.append(calls);
        }
        return json.append('}').toString();
    }

    static String usage(Timings t) {
        return """
        "usage":{"completion_tokens":%d,"prompt_tokens":%d,"total_tokens":%d,\
        "prompt_tokens_details":{"cached_tokens":%d}}\
        """
                .formatted(t.generated(), t.prompt(), t.prompt() + t.generated(), t.cached());
    }

    static String timings(Timings t) {
        StringBuilder out = new StringBuilder(256);
        out.append("\"timings\":{\"cache_n\":").append(t.cached());
        rate(out.append(",\"prompt_n\":").append(t.read()), "prompt", t.read(), t.readMillis());
        out.append(",\"predicted_n\":").append(t.generated());
        rate(out, "predicted", t.generated(), t.generatedMillis());
        return out.append('}').toString();
    }

    private static void rate(StringBuilder out, String what, int count, double millis) {
        double each = count == 0 ? 0 : millis / count;
        double perSecond = millis == 0 ? 0 : count * 1e3 / millis;
        out.append(",\"").append(what).append("_ms\":").append(millis);
        out.append(",\"").append(what).append("_per_token_ms\":").append(each);
        out.append(",\"").append(what).append("_per_second\":").append(perSecond);
    }

    static String progress(Timings t) {
        boolean begun = t.generated() > 0 || t.readNanos() > 0;
        return """
        "prompt_progress":{"total":%d,"cache":%d,"processed":%d,"time_ms":%d}\
        """
                .formatted(
                        t.prompt(),
                        t.cached(),
                        begun ? t.prompt() : t.cached(),
                        Math.round(t.readMillis()));
    }
}
