package cortex.neuron.harness.policy;

import cortex.core.config.problem.Spelling;
import cortex.core.engine.HarnessKind;
import cortex.core.failure.FailureException;
import cortex.neuron.harness.policy.FlagTable.Flag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Checks the arguments that a load brings for an engine: each flag must be one that a load may
/// set, or one that `allow_args` names, and each value what that flag takes. No value can be taken
/// for a flag, whatever another version of the engine makes of the one before it. Immutable.
final class ArgumentPolicy {
    private static final int MOST = 256;

    /// A flag of three letters with its two dashes.
    private static final int SHORTEST_LONG = 5;

    private static final int LONGEST = 64 << 10;
    private static final Pattern BLANK = Pattern.compile("\\s+");
    private static final Pattern UNSAFE_IN_LIST = Pattern.compile("[,;\"'\\\\]");

    /// Flags for which an engine may download something: whatever an operator allows may be one.
    private static final Set<Kind> DOWNLOADING =
            Set.of(Kind.REPOSITORY, Kind.MODEL, Kind.NAMED_MODEL, Kind.REFUSED);

    private final FlagTable flags;
    private final Set<String> allowed;
    private final HarnessKind harness;
    private final Places places;

    /// What becomes of the paths and repositories that a load names.
    interface Places {
        /// Returns what the engine is to open for a path that `what` of a load names.
        String path(String what, String written);

        /// Takes note of a repository that `what` of a load names.
        void repository(String what, String written);
    }

    ArgumentPolicy(HarnessKind harness, Collection<String> allowed, Places places) {
        this(harness, allowed.stream().map(FlagTable::nameIn).collect(Collectors.toSet()), places);
    }

    private ArgumentPolicy(HarnessKind harness, Set<String> allowed, Places places) {
        this.flags = FlagTable.of(harness);
        this.harness = harness;
        this.allowed = allowed;
        this.places = places;
    }

    /// The same with something else that becomes of paths and repositories.
    ArgumentPolicy with(Places others) {
        return new ArgumentPolicy(harness, allowed, others);
    }

    /// The arguments as the engine is to get them: one spelling, values apart from their flags,
    /// paths resolved.
    ///
    /// @throws FailureException when one of them is refused
    List<String> check(List<String> arguments) {
        if (arguments.size() > MOST) {
            throw NotAllowed.malformed("options.args", "a list of at most " + MOST + " texts");
        }
        for (String argument : arguments) {
            if (argument.length() > LONGEST || argument.indexOf('\0') >= 0) {
                throw NotAllowed.malformed("options.args", "texts of at most 64 KiB, without NUL");
            }
        }
        List<String> checked = new ArrayList<>();
        int at = 0;
        while (at < arguments.size()) {
            at = one(arguments, at, checked);
        }
        return checked;
    }

    /// Whether arguments that were checked may make an engine download something.
    boolean nameRepositories(List<String> checked) {
        return checked.stream()
                .filter(ArgumentPolicy::isFlag)
                .map(argument -> flags.named(FlagTable.nameIn(argument)))
                .anyMatch(flag -> flag == null || DOWNLOADING.contains(flag.kind()));
    }

    private static boolean isFlag(String argument) {
        return argument.startsWith("-") && !Kind.NUMBER.matches(argument);
    }

    /// Checks the flag at an index with its values; the index after them.
    private int one(List<String> arguments, int at, List<String> checked) {
        String argument = arguments.get(at);
        if (!isFlag(argument)) {
            throw NotAllowed.because(
                    "The argument '"
                            + NotAllowed.shown(argument)
                            + "' is refused: it is neither a flag nor a flag's value.");
        }
        String name = FlagTable.nameIn(argument);
        int sign = argument.indexOf('=');
        List<String> rest =
                new ArrayList<>(arguments.subList(at + 1, Math.min(arguments.size(), at + 3)));
        if (sign >= 0) {
            rest.addFirst(argument.substring(sign + 1));
        }
        Flag flag = flags.named(name);
        List<String> values =
                free(name, flag)
                        ? following(arguments, at, sign)
                        : values(new Use(name, known(name, flag)), rest);
        if (sign >= 0 && values.isEmpty()) {
            throw wrong(name, Kind.SWITCH, rest.getFirst());
        }
        append(checked, name, values);
        return at + 1 + values.size() - (sign >= 0 ? 1 : 0);
    }

    /// A flag under the name it was given by.
    private record Use(String name, Flag flag) {}

    /// Whether the operator allows the flag, under any of its spellings, with whatever values.
    private boolean free(String name, @Nullable Flag flag) {
        if (flag != null && flag.kind() == Kind.MANAGED) {
            return false;
        }
        return allowed.contains(name)
                || (flag != null && flag.names().stream().anyMatch(allowed::contains));
    }

    /// Everything up to the next flag, or what stands after the sign: no second flag comes with one
    /// that is allowed.
    private static List<String> following(List<String> arguments, int at, int sign) {
        List<String> values = new ArrayList<>();
        if (sign >= 0) {
            String value = arguments.get(at).substring(sign + 1);
            if (isFlag(value)) {
                throw NotAllowed.because(
                        "The argument "
                                + NotAllowed.shown(arguments.get(at))
                                + " is refused: its value begins with '-', as flags do.");
            }
            values.add(value);
            return values;
        }
        for (int i = at + 1; i < arguments.size() && !isFlag(arguments.get(i)); i++) {
            values.add(arguments.get(i));
        }
        return values;
    }

    private Flag known(String name, @Nullable Flag flag) {
        if (flag != null && flag.kind() == Kind.MANAGED) {
            throw NotAllowed.because(
                    "The argument "
                            + name
                            + " is refused: only the neuron sets it ("
                            + flag.why()
                            + ").");
        }
        if (flag == null && BLANK.matcher(name).find()) {
            throw NotAllowed.because(
                    "The argument "
                            + NotAllowed.shown(name)
                            + " is refused: it holds several words. Write each as an argument of"
                            + " its own: \""
                            + NotAllowed.shown(BLANK.matcher(name).replaceAll("\", \""))
                            + "\".");
        }
        if (flag == null || flag.kind() == Kind.REFUSED) {
            String why =
                    flag == null
                            ? "it is not a known tuning flag of " + harness.word()
                            : flag.why();
            String nearest = flag == null ? nearest(name) : null;
            throw NotAllowed.because(
                    "The argument "
                            + NotAllowed.shown(name)
                            + " is refused: "
                            + why
                            + (nearest != null
                                    ? ". Did you mean " + nearest + "? If not, to let"
                                    : flag == null
                                            ? ". Check its spelling. If the engine knows it, to let"
                                            : ". To let")
                            + " loads set it, add \""
                            + NotAllowed.shown(name)
                            + "\" to allow_args of [[harnesses]] name = \""
                            + harness.word()
                            + "\" in this node's neuron.toml.");
        }
        return flag;
    }

    /// The flag that was probably meant, among those that a load may set. Of short ones each is
    /// near to another.
    private @Nullable String nearest(String name) {
        if (name.length() < SHORTEST_LONG || !name.startsWith("--")) {
            return null;
        }
        List<String> known =
                Stream.concat(flags.allowed().stream(), allowed.stream())
                        .filter(flag -> flag.startsWith("--"))
                        .toList();
        return Spelling.nearest(name, known);
    }

    /// The values of a flag, checked, from what stands after it.
    private List<String> values(Use use, List<String> rest) {
        Kind kind = use.flag().kind();
        String next = rest.isEmpty() ? null : rest.getFirst();
        return switch (kind) {
            case SWITCH -> List.of();
            case OPTIONAL -> next != null && kind.matches(next) ? List.of(next) : List.of();
            case RANGE ->
                    List.of(value(use, next), value(use, rest.size() < 2 ? null : rest.get(1)));
            case SCALED -> scaled(use, rest);
            default -> List.of(place(use, value(use, next)));
        };
    }

    private String value(Use use, @Nullable String value) {
        Kind kind = use.flag().kind();
        if (value == null || !kind.matches(value)) {
            throw wrong(use.name(), kind, Objects.requireNonNullElse(value, ""));
        }
        return value;
    }

    private static FailureException wrong(String name, Kind kind, String value) {
        String what = value.isEmpty() ? "it has none" : "not '" + NotAllowed.shown(value) + "'";
        return NotAllowed.because(
                "The argument "
                        + name
                        + " is refused: it takes "
                        + kind.words()
                        + ", "
                        + what
                        + ".");
    }

    private String place(Use use, String value) {
        String name = use.name();
        return switch (use.flag().kind()) {
            case PATH -> places.path(name, value);
            case PATHS -> list(name, value);
            case MODEL -> model(name, value);
            case NAMED_MODEL -> {
                int sign = value.indexOf('=');
                yield value.substring(0, sign + 1) + model(name, value.substring(sign + 1));
            }
            case REPOSITORY -> {
                places.repository(name, value);
                yield value;
            }
            default -> value;
        };
    }

    private String model(String name, String value) {
        if (value.startsWith("/")) {
            return inList(name, value);
        }
        places.repository(name, value);
        return value;
    }

    private String list(String name, String value) {
        String separator = harness.listSeparator();
        List<String> paths = new ArrayList<>();
        for (String path : value.split(separator, -1)) {
            paths.add(inList(name, path));
        }
        return String.join(separator, paths);
    }

    /// A resolved path that an engine cannot take for several.
    private String inList(String name, String path) {
        String resolved = places.path(name, path);
        if (UNSAFE_IN_LIST.matcher(resolved).find()) {
            throw NotAllowed.because(
                    "The argument "
                            + name
                            + " is refused: the path '"
                            + NotAllowed.shown(resolved)
                            + "' holds a sign that engines take for the end of it.");
        }
        return resolved;
    }

    private List<String> scaled(Use use, List<String> rest) {
        String value = value(use, rest.isEmpty() ? null : rest.getFirst());
        if (value.indexOf(':') < 0) {
            String scale = rest.size() < 2 ? "" : rest.get(1);
            if (!Kind.NUMBER.matches(scale)) {
                throw wrong(use.name(), Kind.SCALED, value);
            }
            return List.of(inList(use.name(), value), scale);
        }
        List<String> all = new ArrayList<>();
        for (String one : value.split(",", -1)) {
            int colon = one.lastIndexOf(':');
            String path = colon < 0 ? one : one.substring(0, colon);
            if (colon < 0
                    || path.indexOf(':') >= 0
                    || !Kind.NUMBER.matches(one.substring(colon + 1))) {
                throw wrong(use.name(), Kind.SCALED, value);
            }
            String resolved = inList(use.name(), path);
            if (resolved.indexOf(':') >= 0) {
                throw wrong(use.name(), Kind.SCALED, resolved);
            }
            all.add(resolved + one.substring(colon));
        }
        return List.of(String.join(",", all));
    }

    private void append(List<String> checked, String name, List<String> values) {
        boolean joined =
                harness.joinsDashedValues()
                        && name.startsWith("--")
                        && values.size() == 1
                        && values.getFirst().startsWith("-");
        if (joined) {
            checked.add(name + "=" + values.getFirst());
        } else {
            checked.add(name);
            checked.addAll(values);
        }
    }
}
