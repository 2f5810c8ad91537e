package cortex.core.config;

import org.jspecify.annotations.Nullable;

/// One key being read: ends in exactly one of `or`, `required`, `orNull`, which declares the key
/// and gives the value. A value of the wrong kind becomes a problem, and the default or a stand-in
/// is given so that reading goes on.
public final class Setting<T> {
    private final Section section;
    private final String name;
    private final ValueType<T> type;
    private final String meaning;

    Setting(Section section, String name, ValueType<T> type, String meaning) {
        this.section = section;
        this.name = name;
        this.type = type;
        this.meaning = meaning;
    }

    /// The value, or the default.
    public T or(T fallback) {
        return or(fallback, type.write(fallback));
    }

    /// The value, or a default that is worked out, which the documentation tells in these words;
    /// words that are no TOML stand in round brackets.
    public T or(T fallback, String inWords) {
        section.declare(new Declared(name, type.expected(), inWords, false, meaning));
        T value = section.value(name, type);
        T effective = value == null ? fallback : value;
        section.record(name, type.write(effective));
        return effective;
    }

    /// The value; it is a problem when there is none.
    public T required() {
        Declared key = new Declared(name, type.expected(), null, true, meaning);
        section.declare(key);
        T value = section.value(name, type);
        if (value != null) {
            section.record(name, type.write(value));
            return value;
        }
        if (!section.has(name)) {
            section.missing(key);
        }
        return type.standIn();
    }

    /// The value, or null when there is none.
    public @Nullable T orNull() {
        section.declare(new Declared(name, type.expected(), null, false, meaning));
        T value = section.value(name, type);
        if (value != null) {
            section.record(name, type.write(value));
        }
        return value;
    }
}
