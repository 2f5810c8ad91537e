package cortex.neuron.harness.policy;

import cortex.core.engine.HarnessKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The flags of one kind of engine, under every spelling the engine takes. Immutable.
public final class FlagTable {
    private final Map<String, Flag> byName;

    /// One flag: its spellings, what it takes, and, where a load may not set it, why not.
    record Flag(List<String> names, Kind kind, String why) {
        Flag {
            names = List.copyOf(names);
        }
    }

    private FlagTable(Map<String, Flag> byName) {
        this.byName = Map.copyOf(byName);
    }

    /// Reads a table of lines `KIND NAME… [: WHY]`. A name that an earlier line has keeps the
    /// meaning it has there.
    static FlagTable of(String... tables) {
        Map<String, Flag> byName = new LinkedHashMap<>();
        for (String table : tables) {
            for (String line : table.strip().lines().toList()) {
                Flag flag = flag(line.strip());
                flag.names().forEach(name -> byName.putIfAbsent(name, flag));
            }
        }
        return new FlagTable(byName);
    }

    private static Flag flag(String line) {
        int colon = line.indexOf(" : ");
        String why = colon < 0 ? "" : line.substring(colon + 3);
        String[] words = (colon < 0 ? line : line.substring(0, colon)).split("\\s+", -1);
        List<String> names = new ArrayList<>(Arrays.asList(words).subList(1, words.length));
        return new Flag(names, Kind.valueOf(words[0].toUpperCase(Locale.ROOT)), why);
    }

    /// The flags of a harness's engine.
    public static FlagTable of(HarnessKind harness) {
        return switch (harness) {
            case LLAMACPP -> LlamaCppFlags.TABLE;
            case MISTRALRS -> MistralRsFlags.TABLE;
            case DEMO -> DemoFlags.TABLE;
        };
    }

    /// The name that an argument is compared under: without the value after `=`, and with `_` taken
    /// for `-`, as llama.cpp takes it.
    static String nameIn(String argument) {
        int sign = argument.indexOf('=');
        return (sign < 0 ? argument : argument.substring(0, sign)).replace('_', '-');
    }

    @Nullable Flag named(String name) {
        return byName.get(name);
    }

    /// The names of the flags that a load may set.
    List<String> allowed() {
        return byName.entrySet().stream()
                .filter(entry -> entry.getValue().kind() != Kind.MANAGED)
                .filter(entry -> entry.getValue().kind() != Kind.REFUSED)
                .map(Map.Entry::getKey)
                .toList();
    }

    /// All names, of flags allowed and not.
    Set<String> names() {
        return byName.keySet();
    }

    /// Those of the operator's arguments that only the neuron may set.
    public List<String> managedIn(List<String> arguments) {
        return arguments.stream().filter(this::managed).toList();
    }

    /// Whether a load can never be allowed to set this flag, since only the neuron does.
    public boolean managed(String argument) {
        if (argument.equals("--")) {
            return true;
        }
        Flag flag = argument.startsWith("-") ? byName.get(nameIn(argument)) : null;
        return flag != null && flag.kind() == Kind.MANAGED;
    }
}
