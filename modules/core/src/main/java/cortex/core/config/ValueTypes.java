package cortex.core.config;

import cortex.core.log.Redaction;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The kinds of values a configuration has.
public final class ValueTypes {
    /// Text that is not blank.
    public static final ValueType<String> TEXT =
            ValueType.text("a non-empty string in quotes", text -> text, "");

    /// `true` or `false`.
    public static final ValueType<Boolean> BOOLEAN =
            ValueType.bare("true or false", v -> v instanceof Boolean b ? b : null, false);

    /// It is to be found out.
    public static final Optional<Boolean> AUTO = Optional.empty();

    /// `true` or `false`, or `"auto"` for {@link #AUTO}.
    public static final ValueType<Optional<Boolean>> SAID_OR_AUTO =
            ValueType.<Optional<Boolean>>bare(
                            "true, false or \"auto\"",
                            v ->
                                    v instanceof Boolean said
                                            ? Optional.of(said)
                                            : "auto".equals(v) ? AUTO : null,
                            AUTO)
                    .writtenAs(said -> said.map(String::valueOf).orElse("\"auto\""));

    /// A number that may have a fraction.
    public static final ValueType<Double> NUMBER =
            ValueType.bare(
                    "a number",
                    v ->
                            v instanceof Number n && Double.isFinite(n.doubleValue())
                                    ? n.doubleValue()
                                    : null,
                    0.0);

    /// Where to listen.
    public static final ValueType<HostPort> HOST_PORT =
            ValueType.text(
                    "an address and a port such as \"0.0.0.0:8000\" or \"[::1]:8000\"",
                    HostPort::parse,
                    new HostPort("127.0.0.1", 0));

    /// Stands in for a URL that could not be read.
    public static final URI NOWHERE = URI.create("http://invalid");

    /// The base URL of a server, without a slash at its end.
    public static final ValueType<URI> BASE_URL =
            ValueType.text(
                    "a base URL such as \"http://host:9090\" (http or https, without user,"
                            + " query or fragment)",
                    ValueTypes::baseUrl,
                    NOWHERE);

    /// A value that is never printed.
    public static final ValueType<Secret> SECRET =
            ValueType.text("a non-empty string in quotes", Secret::new, new Secret("")).hidden();

    /// Array of texts.
    public static final ValueType<List<String>> TEXTS =
            listOf(TEXT, "an array of strings such as [\"a\", \"b\"]");

    /// Arguments of a program that is started; the secrets among them are never printed.
    public static final ValueType<List<String>> ARGUMENTS =
            TEXTS.writtenAs(ValueTypes::withoutSecrets).hidden();

    private static final Duration LONGEST = Duration.ofDays(365);

    private ValueTypes() {}

    /// A whole number within a range, both ends included.
    public static ValueType<Integer> integer(int least, int most) {
        return ValueType.bare(
                range(least, most, most == Integer.MAX_VALUE),
                v -> v instanceof Long n && n >= least && n <= most ? n.intValue() : null,
                least);
    }

    /// A whole number of at least `least`.
    public static ValueType<Long> longFrom(long least) {
        return ValueType.bare(
                range(least, Long.MAX_VALUE, true),
                v -> v instanceof Long n && n >= least ? n : null,
                least);
    }

    /// A duration of at least `least`.
    public static ValueType<Duration> duration(Duration least) {
        String bound = least.isZero() ? "" : ", at least \"" + DurationText.format(least) + "\"";
        return ValueType.text(
                        "a duration such as \"500ms\", \"5s\" or \"2m\"" + bound,
                        DurationText::parse,
                        least)
                .where(
                        d -> d.compareTo(least) >= 0 && d.compareTo(LONGEST) <= 0,
                        "a duration such as \"500ms\", \"5s\" or \"2m\"" + bound)
                .writtenAs(d -> TomlText.quote(DurationText.format(d)));
    }

    /// A number of bytes within a range, both ends included.
    public static ValueType<ByteSize> byteSize(ByteSize least, ByteSize most) {
        String expected =
                "a size such as \"64KiB\" or \"64MiB\", from \"" + least + "\" to \"" + most + "\"";
        return ValueType.text(expected, ByteSize::parse, least)
                .where(s -> s.bytes() >= least.bytes() && s.bytes() <= most.bytes(), expected);
    }

    /// One of an enum's constants, written in lower case.
    public static <E extends Enum<E>> ValueType<E> oneOf(Class<E> type) {
        E[] constants = type.getEnumConstants();
        Map<String, E> byName =
                Arrays.stream(constants)
                        .collect(
                                Collectors.toMap(
                                        ValueTypes::lower, c -> c, (a, _) -> a, TreeMap::new));
        List<String> words = Arrays.stream(constants).map(ValueTypes::lower).toList();
        return ValueType.text(either(words), byName::get, constants[0])
                .writtenAs(constant -> TomlText.quote(lower(constant)))
                .among(words);
    }

    /// One of some words.
    public static ValueType<String> oneOf(List<String> words) {
        List<String> valid = List.copyOf(words);
        return ValueType.text(either(valid), word -> valid.contains(word) ? word : null, "")
                .among(valid);
    }

    /// An array; `expected` describes it with an example.
    public static <T> ValueType<List<T>> listOf(ValueType<T> element, String expected) {
        return ValueType.list(expected, element);
    }

    private static String withoutSecrets(List<String> arguments) {
        Redaction secrets = Redaction.SHAPES.with(arguments, Map.of());
        return arguments.stream()
                .map(argument -> TomlText.quote(secrets.command(List.of(argument))))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String either(List<String> words) {
        return words.stream()
                .map(word -> "\"" + word + "\"")
                .collect(Collectors.joining(", ", "one of ", ""));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String range(long least, long most, boolean open) {
        return open
                ? "a whole number, at least " + least
                : "a whole number from " + least + " to " + most;
    }

    private static @Nullable URI baseUrl(String text) {
        try {
            URI uri = new URI(text.strip().replaceFirst("/+$", ""));
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean bare =
                    uri.getRawUserInfo() == null
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null;
            boolean port = uri.getPort() != 0 && uri.getPort() <= 65_535;
            return http && bare && port && uri.getHost() != null ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
