package cortex.core.config;

import cortex.core.config.problem.Origin;
import cortex.core.config.source.Node;
import cortex.core.config.source.TomlSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One kind of value: how it is read, how it is written as TOML, what to say when it is something
/// else, and a stand-in with which reading goes on after a problem. Immutable. The kinds there are
/// stand in {@link ValueTypes}.
public final class ValueType<T> {
    private record Form<T>(
            String expected,
            Function<Node, @Nullable T> reader,
            Function<T, String> writer,
            T standIn,
            boolean secret,
            List<String> choices) {}

    private final Form<T> form;

    private ValueType(Form<T> form) {
        this.form = form;
    }

    /// Completes the sentence "expected …".
    String expected() {
        return form.expected;
    }

    /// The value, or null when it is not of this kind.
    @Nullable T read(Node node) {
        return form.reader.apply(node);
    }

    /// As TOML, fit to be shown.
    String write(T value) {
        return form.writer.apply(value);
    }

    T standIn() {
        return form.standIn;
    }

    /// Whether what was found must not be shown.
    boolean secret() {
        return form.secret;
    }

    /// The words that are valid, for "did you mean"; empty when it is not a choice.
    List<String> choices() {
        return form.choices;
    }

    /// A kind written as a TOML string.
    static <T> ValueType<T> text(String expected, Function<String, @Nullable T> parse, T standIn) {
        return new ValueType<>(
                new Form<>(
                        expected,
                        node ->
                                node instanceof Node.Scalar(String text, _) && !text.isBlank()
                                        ? parse.apply(text)
                                        : null,
                        value -> TomlText.quote(value.toString()),
                        standIn,
                        false,
                        List.of()));
    }

    /// A kind written as a bare word: a number or a boolean. From the environment it comes as text.
    static <T> ValueType<T> bare(String expected, Function<Object, @Nullable T> accept, T standIn) {
        return new ValueType<>(
                new Form<>(
                        expected,
                        node ->
                                literal(node) instanceof Node.Scalar(Object value, _)
                                        ? accept.apply(value)
                                        : null,
                        Object::toString,
                        standIn,
                        false,
                        List.of()));
    }

    /// An array of values of one kind. From the environment it may come as TOML or as words with
    /// commas between them; what begins like a TOML array must be one.
    static <T> ValueType<List<T>> list(String expected, ValueType<T> element) {
        return new ValueType<>(
                new Form<>(
                        expected,
                        node -> elements(node, element),
                        values ->
                                values.stream()
                                        .map(element.form.writer)
                                        .collect(Collectors.joining(", ", "[", "]")),
                        List.of(),
                        element.form.secret,
                        List.of()));
    }

    /// The same kind with one more demand; `expected` says it whole.
    public ValueType<T> where(Predicate<T> demand, String expected) {
        Function<Node, @Nullable T> narrowed =
                node -> {
                    T value = form.reader.apply(node);
                    return value != null && demand.test(value) ? value : null;
                };
        return new ValueType<>(
                new Form<>(
                        expected, narrowed, form.writer, form.standIn, form.secret, form.choices));
    }

    /// The same kind, as a choice of words.
    ValueType<T> among(List<String> words) {
        return new ValueType<>(
                new Form<>(
                        form.expected,
                        form.reader,
                        form.writer,
                        form.standIn,
                        form.secret,
                        List.copyOf(words)));
    }

    /// The same kind, printed otherwise.
    public ValueType<T> writtenAs(Function<T, String> writer) {
        return new ValueType<>(
                new Form<>(
                        form.expected,
                        form.reader,
                        writer,
                        form.standIn,
                        form.secret,
                        form.choices));
    }

    /// The same kind, never printed as it was found.
    public ValueType<T> hidden() {
        return new ValueType<>(
                new Form<>(
                        form.expected, form.reader, form.writer, form.standIn, true, form.choices));
    }

    private static <T> @Nullable List<T> elements(Node node, ValueType<T> element) {
        Node whole = literal(node) instanceof Node.Items items ? items : node;
        if (whole instanceof Node.Scalar(String words, Origin.Variable origin)
                && !words.stripLeading().startsWith("[")) {
            whole = split(words, origin);
        }
        if (!(whole instanceof Node.Items(List<Node> found, _))) {
            return null;
        }
        List<T> values = new ArrayList<>();
        for (Node item : found) {
            T value = element.form.reader.apply(item);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    private static Node split(String words, Origin.Variable origin) {
        List<Node> items = new ArrayList<>();
        for (String word : words.split(",", -1)) {
            if (!word.isBlank()) {
                items.add(new Node.Scalar(word.strip(), origin));
            }
        }
        return new Node.Items(items, origin);
    }

    /// Text from the environment as the TOML value it spells, when it spells one.
    private static Node literal(Node node) {
        if (node instanceof Node.Scalar(String text, Origin.Variable origin)) {
            Node value = TomlSource.value(text.strip(), origin);
            return value == null ? node : value;
        }
        return node;
    }
}
