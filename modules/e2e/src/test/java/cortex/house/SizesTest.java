package cortex.house;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The sizes of docs/ARCHITECTURE.md: they keep every file one sitting's reading.
class SizesTest {
    private static final int FILE = 500;
    private static final int TEST_FILE = 600;
    private static final int METHOD = 60;
    private static final int COLUMNS = 100;
    private static final int PARAMETERS = 5;
    private static final int COMPONENTS = 7;
    private static final int FILES_A_PACKAGE = 16;

    @Test
    void filesAndLines() throws IOException {
        List<String> over = new ArrayList<>();
        for (Path file : Sources.java()) {
            List<String> lines = Files.readAllLines(file);
            int limit = Sources.isTest(file) ? TEST_FILE : FILE;
            if (lines.size() > limit) {
                over.add(Sources.name(file) + " has " + lines.size() + " lines, limit " + limit);
            }
            boolean block = false;
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                boolean inBlock = block;
                block ^= line.split("\"\"\"", -1).length % 2 == 0;
                // What goes over the wire stands in text blocks; breaking its lines changes it.
                if (line.length() > COLUMNS && !inBlock && !line.startsWith("import ")) {
                    over.add(Sources.name(file) + ":" + (i + 1) + " is " + line.length() + " wide");
                }
            }
        }
        assertThat(over).isEmpty();
    }

    @Test
    void methods() {
        List<String> over = new ArrayList<>();
        AtomicReference<JavacTask> task = new AtomicReference<>();
        for (CompilationUnitTree unit : Sources.parse(Sources.java(), task::set)) {
            new MethodSizes(unit, Trees.instance(task.get()), over).scan(unit, null);
        }
        assertThat(over).isEmpty();
    }

    @Test
    void records() {
        List<String> over = new ArrayList<>();
        List<Path> production = Sources.java().stream().filter(f -> !Sources.isTest(f)).toList();
        for (CompilationUnitTree unit : Sources.parse(production, task -> {})) {
            new RecordSizes(unit, over).scan(unit, null);
        }
        assertThat(over).isEmpty();
    }

    @Test
    void packages() throws IOException {
        TreeMap<Path, Integer> files = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        for (Path file : Sources.java()) {
            String name = file.getFileName().toString();
            if (Sources.isTest(file) || name.equals("module-info.java")) {
                continue;
            }
            Path dir = requireNonNull(file.toAbsolutePath().getParent());
            if (!Files.exists(dir.resolve("package-info.java"))) {
                wrong.add(Sources.name(dir) + " has no package-info.java");
            } else if (name.equals("package-info.java")) {
                // Who uses it is written by CallersTest, in a paragraph of its own.
                long doc =
                        Files.readAllLines(file).stream()
                                .takeWhile(l -> !l.startsWith("/// Used by:"))
                                .filter(l -> l.startsWith("///"))
                                .count();
                if (doc < 3 || doc > 8) {
                    wrong.add(Sources.name(file) + " has " + doc + " lines of doc, wants 3 to 8");
                }
            } else {
                files.merge(dir, 1, Integer::sum);
            }
        }
        files.forEach((dir, count) -> {
            if (count > FILES_A_PACKAGE) {
                wrong.add(Sources.name(dir) + " has " + count + " files");
            }
        });
        assertThat(wrong).isEmpty();
    }

    private static final class RecordSizes extends TreePathScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final List<String> over;

        RecordSizes(CompilationUnitTree unit, List<String> over) {
            this.unit = unit;
            this.over = over;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
            if (type.getKind() == Tree.Kind.RECORD) {
                // A record has no other fields than its components and static ones.
                long components =
                        type.getMembers().stream()
                                .filter(VariableTree.class::isInstance)
                                .map(VariableTree.class::cast)
                                .filter(field -> !isStatic(field))
                                .count();
                if (components > COMPONENTS) {
                    String name = Sources.name(Path.of(unit.getSourceFile().toUri()));
                    over.add(name + " " + type.getSimpleName() + " has " + components + " parts");
                }
            }
            return super.visitClass(type, null);
        }

        private static boolean isStatic(VariableTree field) {
            return field.getModifiers().getFlags().contains(Modifier.STATIC);
        }
    }

    private static final class MethodSizes extends TreePathScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final Trees trees;
        private final List<String> over;

        MethodSizes(CompilationUnitTree unit, Trees trees, List<String> over) {
            this.unit = unit;
            this.trees = trees;
            this.over = over;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
            String name = Sources.name(Path.of(unit.getSourceFile().toUri()));
            int lines = line(method, false) - line(method, true) + 1;
            if (lines > METHOD) {
                over.add(name + " " + method.getName() + " has " + lines + " lines");
            }
            int parameters = method.getParameters().size();
            Tree owner = getCurrentPath().getParentPath().getLeaf();
            boolean recordConstructor =
                    owner.getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
            if (parameters > PARAMETERS && !recordConstructor) {
                over.add(name + " " + method.getName() + " takes " + parameters + " parameters");
            }
            return super.visitMethod(method, null);
        }

        private int line(Tree tree, boolean start) {
            var positions = trees.getSourcePositions();
            long at =
                    start
                            ? positions.getStartPosition(unit, tree)
                            : positions.getEndPosition(unit, tree);
            return (int) unit.getLineMap().getLineNumber(at);
        }
    }
}
