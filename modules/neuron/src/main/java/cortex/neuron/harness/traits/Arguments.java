package cortex.neuron.harness.traits;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A command line's arguments.
final class Arguments {
    private Arguments() {}

    /// The value of the flag's last use, written `--flag value` or `--flag=value`; null when it is
    /// not given.
    static @Nullable String value(List<String> args, String flag) {
        String value = null;
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.equals(flag) && i + 1 < args.size()) {
                value = args.get(i + 1);
            } else if (arg.startsWith(flag + "=")) {
                value = arg.substring(flag.length() + 1);
            }
        }
        return value;
    }
}
