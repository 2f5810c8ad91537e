package cortex.neuron.harness.policy;

import java.util.regex.Pattern;

/// What a flag takes after it.
enum Kind {
    /// Nothing.
    SWITCH("no value", ""),
    /// A number; also one below zero.
    NUMBER("a number", "-?\\d{1,18}(\\.\\d{1,18})?([eE][-+]?\\d{1,3})?"),
    /// Numbers with commas or slashes between them.
    NUMBERS("numbers with commas between them", "-?[\\d.]{1,24}([,/]-?[\\d.]{1,24}){0,127}"),
    /// Two numbers, each an argument of its own.
    RANGE("two numbers", "-?\\d{1,18}"),
    /// A word, or words joined by signs that mean nothing to a file system: types, devices, masks.
    WORD("a word", "[A-Za-z0-9_+*][A-Za-z0-9_.,:;+*@=|-]{0,511}|-\\d{1,9}"),
    /// A word that may be left out.
    OPTIONAL("on, off or auto", "on|off|auto|true|false|0|1|enabled|disabled"),
    /// Any text that cannot be taken for a flag.
    TEXT("a text that does not begin with -", "(?s)(?!-).*"),
    /// A file or directory below one of the `model_dirs`.
    PATH("a path", "(?s)(?!-).+"),
    /// Such files, with commas (llama.cpp) or semicolons (mistral.rs) between them.
    PATHS("paths", "(?s)(?!-).+"),
    /// Such files, each with a scale: `FILE:SCALE,…`, or `FILE SCALE` as older versions have it.
    SCALED("paths, each with :SCALE after it", "(?s)(?!-).+"),
    /// A repository that `sources` allows.
    REPOSITORY("a repository", "(?s)(?!-).+"),
    /// A path as above when it is absolute, else such a repository.
    MODEL("a path or a repository", "(?s)(?!-).+"),
    /// A name, `=`, and such a model.
    NAMED_MODEL("NAME=PATH or NAME=REPOSITORY", "(?s)[A-Za-z0-9][A-Za-z0-9_.-]{0,127}=[^-].*"),
    /// Set by the neuron itself, and by nobody else.
    MANAGED("a value of the neuron's own", ""),
    /// Known, and not to be set by a load.
    REFUSED("a value", "");

    private final String words;
    private final Pattern shape;

    Kind(String words, String shape) {
        this.words = words;
        this.shape = Pattern.compile(shape);
    }

    /// What it is, for a sentence with "takes".
    String words() {
        return words;
    }

    boolean matches(String value) {
        return shape.matcher(value).matches();
    }
}
