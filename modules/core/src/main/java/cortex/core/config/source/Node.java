package cortex.core.config.source;

import cortex.core.config.problem.Origin;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A value as it was written, and where. The collections grow while sources are merged and are only
/// read afterwards.
public sealed interface Node {
    /// Where it stands.
    Origin origin();

    /// As a person would recognise it in the file, shortened, without the login of a URL.
    String shown();

    /// A String, Long, Double, Boolean or date-time. Text from the environment is a String whatever
    /// it stands for.
    record Scalar(Object value, Origin origin) implements Node {
        private static final int SHOWN = 60;
        private static final Pattern LOGIN = Pattern.compile("//[^/@]*@");

        @Override
        public String shown() {
            String text = LOGIN.matcher(value.toString()).replaceFirst("//***@");
            String brief = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
            return value instanceof String ? "\"" + brief + "\"" : brief;
        }
    }

    /// An array, of tables too.
    record Items(List<Node> items, Origin origin) implements Node {
        @Override
        public String shown() {
            return items.stream().map(Node::shown).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    /// A table.
    record Fields(Map<String, Node> fields, Origin origin) implements Node {
        @Override
        public String shown() {
            return "a table";
        }
    }
}
