package cortex.core.config.source;

import cortex.core.config.problem.Origin;
import cortex.core.config.problem.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Lays environment variables over a tree: `CORTEX_GATEWAY__LISTEN` sets `gateway.listen`,
/// `CORTEX_NEURONS__0__ENDPOINT` the `endpoint` of the first of `[[neurons]]`, and
/// `CORTEX__MODELS_CONFIG` the top-level `models_config`. Variables without `__` mean other things
/// and are left alone. Whether the keys exist is found out when they are read, as with those of the
/// file.
public final class EnvironmentOverrides {
    private static final String SEPARATOR = "__";

    private static final Pattern INDEX = Pattern.compile("__([0-9]{1,6})(?![0-9])");

    private final Problems problems;

    private EnvironmentOverrides(Problems problems) {
        this.problems = problems;
    }

    /// Changes `root` in place. `prefix` is such as `CORTEX_`.
    public static void apply(
            Node.Fields root, String prefix, Map<String, String> environment, Problems problems) {
        EnvironmentOverrides overrides = new EnvironmentOverrides(problems);
        environment.keySet().stream()
                .filter(name -> name.startsWith(prefix) && name.contains(SEPARATOR))
                .sorted(Comparator.comparing(EnvironmentOverrides::byIndex))
                .forEach(name ->
                        overrides.set(root, prefix, name, environment.getOrDefault(name, "")));
    }

    /// Sorts 2 before 10, so that an array grows in order.
    private static String byIndex(String variable) {
        return INDEX.matcher(variable)
                .replaceAll(digits ->
                        "__" + "0".repeat(6 - digits.group(1).length()) + digits.group(1));
    }

    private void set(Node.Fields root, String prefix, String variable, String text) {
        Origin origin = new Origin.Variable(variable);
        String name = variable.substring(prefix.length()).toLowerCase(Locale.ROOT);
        String rest = name.startsWith("_") ? name.substring(1) : name;
        List<String> path = Arrays.asList(rest.split(SEPARATOR, -1));
        if (path.stream().anyMatch(String::isEmpty)) {
            problems.add(origin, "", "names no key: a part between two '__' is empty.");
            return;
        }
        put(root, path, new Node.Scalar(text, origin));
    }

    private void put(Node.Fields fields, List<String> path, Node.Scalar value) {
        String name = path.getFirst();
        if (path.size() == 1) {
            fields.fields().put(name, value);
            return;
        }
        List<String> rest = path.subList(1, path.size());
        Node next = fields.fields().get(name);
        if (isIndex(rest.getFirst())) {
            Node.Items items =
                    next instanceof Node.Items present
                            ? present
                            : new Node.Items(new ArrayList<>(), value.origin());
            fields.fields().put(name, items);
            putItem(items, name, rest, value);
        } else {
            Node.Fields inner = next instanceof Node.Fields present ? present : table(value);
            fields.fields().put(name, inner);
            put(inner, rest, value);
        }
    }

    private void putItem(Node.Items items, String name, List<String> path, Node.Scalar value) {
        int index = Integer.parseInt(path.getFirst());
        int size = items.items().size();
        if (index > size) {
            String have =
                    size == 0
                            ? "there are no entries, so the first index is 0."
                            : "there are " + size + ", so the next index is " + size + ".";
            problems.add(value.origin(), name + "[" + index + "]", "does not exist: " + have);
            return;
        }
        Node next = index < size ? items.items().get(index) : value;
        if (path.size() > 1) {
            Node.Fields inner = next instanceof Node.Fields present ? present : table(value);
            put(inner, path.subList(1, path.size()), value);
            next = inner;
        } else {
            next = value;
        }
        if (index < size) {
            items.items().set(index, next);
        } else {
            items.items().add(next);
        }
    }

    private static Node.Fields table(Node.Scalar value) {
        return new Node.Fields(new LinkedHashMap<>(), value.origin());
    }

    private static boolean isIndex(String text) {
        return text.length() <= 6 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
