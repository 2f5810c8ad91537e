package cortex.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does what docs/extending/endpoint.md says, to a copy of the sources.
class EndpointPageTest {
    private static final Path ROOT = Path.of("../..");
    private static final Path SOURCES = Path.of("modules/gateway/src/main/java");
    private static final Path PAGE = ROOT.resolve("docs/extending/endpoint.md");

    /// One change that the page makes to a file.
    private record Edit(Path file, String before, String after) {
        static Edit of(String block) {
            List<String> lines = block.lines().toList();
            return new Edit(
                    SOURCES.relativize(Path.of(lines.getFirst().substring("--- ".length()))),
                    part(lines, '-'),
                    part(lines, '+'));
        }

        private static String part(List<String> lines, char mark) {
            return lines.stream()
                    .skip(1)
                    .filter(line -> line.charAt(0) == mark || line.charAt(0) == ' ')
                    .map(line -> line.substring(1) + "\n")
                    .collect(Collectors.joining());
        }

        void apply(Path sources) throws IOException {
            Path target = sources.resolve(file);
            String text = Files.readString(target);
            assertThat(text.split(Pattern.quote(before), -1))
                    .as("the page's lines stand once in %s", file)
                    .hasSize(2);
            Files.writeString(target, text.replace(before, after));
        }
    }

    private static List<Edit> edits() throws IOException {
        List<Edit> edits = new ArrayList<>();
        String[] blocks = Files.readString(PAGE).split("```diff\n", -1);
        for (int i = 1; i < blocks.length; i++) {
            edits.add(Edit.of(blocks[i].substring(0, blocks[i].indexOf("```"))));
        }
        return edits;
    }

    @Test
    void theToyEndpointOfThePageIsThereAndTheCompilerFindsEachOfItsSteps(@TempDir Path dir)
            throws Exception {
        Path sources = Files.createDirectory(dir.resolve("src"));
        copy(sources);
        List<Edit> edits = edits();
        edits.getFirst().apply(sources);
        String errors = compile(sources, dir.resolve("first"));
        for (Edit edit : edits.subList(1, edits.size())) {
            assertThat(errors).contains(edit.file().getFileName().toString());
            edit.apply(sources);
        }
        assertThat(errors.lines().filter(line -> line.contains(" error: ")).toList())
                .hasSize(edits.size() - 1);
        assertThat(compile(sources, dir.resolve("classes"))).isEmpty();
        leadsTo(dir.resolve("classes"), "/v1/audio/translations", "TRANSLATIONS");
    }

    private static void copy(Path sources) throws IOException {
        Path from = ROOT.resolve(SOURCES);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path to = sources.resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
    }

    /// Returns what is wrong with the sources.
    private static String compile(Path sources, Path classes) throws IOException {
        Files.createDirectory(classes);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter errors = new StringWriter();
        try (Stream<Path> all = Files.walk(sources);
                var manager = compiler.getStandardFileManager(null, null, null)) {
            List<Path> files =
                    all.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !file.endsWith("module-info.java"))
                            .toList();
            List<String> options =
                    List.of(
                            "-proc:none",
                            "-nowarn",
                            "-d",
                            classes.toString(),
                            "-classpath",
                            classPath());
            compiler.getTask(
                            errors,
                            manager,
                            null,
                            options,
                            null,
                            manager.getJavaFileObjectsFromPaths(files))
                    .call();
        }
        return errors.toString()
                .lines()
                .filter(line -> !line.startsWith("Note: "))
                .collect(Collectors.joining("\n"));
    }

    private static String classPath() {
        return Stream.of("java.class.path", "jdk.module.path")
                .map(name -> System.getProperty(name, ""))
                .filter(path -> !path.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void leadsTo(Path classes, String path, String endpoint) throws Exception {
        List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
        for (String entry : classPath().split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        // The platform's loader would find the classes of the module that is tested.
        try (var loader = new URLClassLoader(urls.toArray(URL[]::new), null)) {
            Object route =
                    loader.loadClass("cortex.gateway.http.Route")
                            .getMethod("of", String.class)
                            .invoke(null, path);
            assertThat(route.toString()).contains(endpoint);
        }
    }
}
