package cortex.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// The project's own source files, found from the directory the build runs in.
public final class Sources {
    private Sources() {}

    public static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (dir != null && !Files.exists(dir.resolve("modules/e2e/pom.xml"))) {
            dir = dir.getParent();
        }
        if (dir == null) {
            throw new IllegalStateException("not inside a checkout of cortex");
        }
        return dir;
    }

    static List<Path> java() {
        try (Stream<Path> files = Files.walk(root().resolve("modules"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isTest(Path file) {
        return file.toString().contains("/src/test/");
    }

    static String name(Path file) {
        return root().relativize(file).toString();
    }

    static Iterable<? extends CompilationUnitTree> parse(
            List<Path> files, java.util.function.Consumer<JavacTask> task) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
        JavacTask javac =
                (JavacTask)
                        compiler.getTask(
                                null,
                                manager,
                                null,
                                List.of("-proc:none"),
                                null,
                                manager.getJavaFileObjectsFromPaths(files));
        task.accept(javac);
        try {
            return javac.parse();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
