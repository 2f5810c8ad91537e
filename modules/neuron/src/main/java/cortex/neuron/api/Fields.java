package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a JSON object, each read as the type it must have. Unknown fields are left alone,
/// so that a newer gateway can talk to an older neuron. Whatever is wrong is a `BadRequest` that
/// names the field.
final class Fields {
    private static final int LONGEST_TEXT = 4096;

    private final JsonNode object;
    private final String prefix;

    Fields(JsonNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    /// A text that must be there and not be blank.
    String required(String name) {
        String text = text(name);
        if (text == null || text.isBlank()) {
            throw bad(name, "is missing: it must be a non-empty string");
        }
        return text;
    }

    /// A text, or null.
    @Nullable String text(String name) {
        JsonNode value = value(name);
        return value == null ? null : text(name, value);
    }

    /// A whole number not below `least`, or null.
    @Nullable Long whole(String name, long least) {
        JsonNode value = value(name);
        return value == null ? null : whole(name, value, least);
    }

    /// The same for numbers that are never big.
    @Nullable Integer count(String name, int least) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        long number = whole(name, value, least);
        if (number > Integer.MAX_VALUE) {
            throw bad(name, "is too large");
        }
        return (int) number;
    }

    /// Yes or no; no when it is not there.
    boolean flag(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw bad(name, "must be true or false");
        }
        return value.booleanValue();
    }

    /// Texts; none when it is not there.
    List<String> texts(String name) {
        return list(name, value -> text(name, value));
    }

    /// Whole numbers from 0 to 9999; none when it is not there.
    List<Integer> indexes(String name) {
        return list(
                name,
                value -> {
                    long index = whole(name, value, 0);
                    if (index > 9999) {
                        throw bad(name, "holds " + index + ", which is no index");
                    }
                    return (int) index;
                });
    }

    /// Numbers from 0 up; none when it is not there.
    List<Double> shares(String name) {
        return list(
                name,
                value -> {
                    if (!value.isNumber() || !(value.doubleValue() >= 0)) {
                        throw bad(name, "must hold numbers that are not negative");
                    }
                    return value.doubleValue();
                });
    }

    /// Objects, no more than `most`; none when it is not there.
    List<Fields> objects(String name, int most) {
        List<JsonNode> all = list(name, value -> value);
        if (all.size() > most) {
            throw bad(name, "holds more than " + most);
        }
        List<Fields> objects = new ArrayList<>();
        for (JsonNode one : all) {
            String at = prefix + name + "[" + objects.size() + "].";
            if (!one.isObject()) {
                throw bad(name, "must hold objects");
            }
            objects.add(new Fields(one, at));
        }
        return objects;
    }

    /// An object of its own; one without fields when it is not there.
    Fields within(String name) {
        JsonNode value = value(name);
        if (value != null && !value.isObject()) {
            throw bad(name, "must be an object");
        }
        return new Fields(
                value == null ? Json.MAPPER.createObjectNode() : value, prefix + name + ".");
    }

    /// A failure about one field: the sentence is the field's name and `what`.
    FailureException bad(String name, String what) {
        String field = prefix + name;
        return new FailureException(new Failure.BadRequest("'" + field + "' " + what + ".", field));
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private <T> List<T> list(String name, Function<JsonNode, T> each) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw bad(name, "must be an array");
        }
        List<T> all = new ArrayList<>();
        value.forEach(one -> all.add(each.apply(one)));
        return all;
    }

    private String text(String name, JsonNode value) {
        if (!value.isString()) {
            throw bad(name, "must be text");
        }
        String text = value.stringValue();
        if (text.length() > LONGEST_TEXT) {
            throw bad(name, "is longer than " + LONGEST_TEXT + " characters");
        }
        if (text.chars().anyMatch(c -> c < ' ' && c != '\n' && c != '\t')) {
            throw bad(name, "holds control characters");
        }
        return text;
    }

    private long whole(String name, JsonNode value, long least) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw bad(name, "must be a whole number");
        }
        long number = value.longValue();
        if (number < least) {
            throw bad(name, "must be " + least + " or more, not " + number);
        }
        return number;
    }
}
