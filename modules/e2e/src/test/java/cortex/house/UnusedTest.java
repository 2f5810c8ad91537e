package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonValue;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Main code holds nothing that only tests use, or nobody.
class UnusedTest {
    /// Of records and enums, made by the compiler; and where a program starts.
    private static final Set<String> GIVEN = Set.of("values", "valueOf", "main");

    /// What tests look at, or begin with, as nothing else lets them; what only benchmarks use; and
    /// how Jackson reads a word.
    private static final Set<String> LOOKED_AT =
            Set.of(
                    "ChatRepair.repaired",
                    "ChunkedInput.isEnded",
                    "ConfigException.problems",
                    "Connections.size",
                    "Engine.port",
                    "Fleet.waiting",
                    "FlagTable.names",
                    "Footprints.note",
                    "Gateway.start",
                    "GatewayConfigReader.markdown",
                    "GatewayConfigReader.read",
                    "HeldAnswers.freeBytes",
                    "HeldBodies.freeBytes",
                    "HostNames.of",
                    "Kind.of",
                    "MemoryBudget.freeBytes",
                    "NeuronConfigReader.markdown",
                    "NeuronConfigReader.read",
                    "State.of",
                    "Switch.example",
                    "Switch.meaning",
                    "WholeAnswer.failure");

    private static final JavaClasses HOUSE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("cortex");

    @Test
    void everyMethodHasACaller() {
        List<String> unused = new ArrayList<>();
        for (JavaClass type : HOUSE) {
            for (JavaMethod method : type.getMethods()) {
                String name = type.getSimpleName() + "." + method.getName();
                if (isOurs(method)
                        && !overrides(method)
                        && isUncalled(method)
                        && !LOOKED_AT.contains(name)) {
                    unused.add(type.getPackageName() + "." + name);
                }
            }
        }
        assertThat(unused).as("remove it, or say in this test why it stays").isEmpty();
    }

    /// Written by hand; what a record tells of its parts is JSON or part of its meaning, and what
    /// it tells as JSON is called by Jackson.
    private static boolean isOurs(JavaMethod method) {
        JavaClass owner = method.getOwner();
        boolean part =
                owner.isRecord()
                        && method.getRawParameterTypes().isEmpty()
                        && owner.tryGetField(method.getName()).isPresent();
        return !part
                && !method.isAnnotatedWith(JsonValue.class)
                && !GIVEN.contains(method.getName())
                && !method.getModifiers().contains(JavaModifier.SYNTHETIC)
                && !method.getName().contains("$");
    }

    private static boolean overrides(JavaMethod method) {
        JavaClass owner = method.getOwner();
        var superclasses = owner.getAllRawSuperclasses().stream();
        return Stream.concat(superclasses, owner.getAllRawInterfaces().stream())
                .flatMap(above -> above.getMethods().stream())
                .anyMatch(other ->
                        other.getName().equals(method.getName())
                                && other.getRawParameterTypes().size()
                                        == method.getRawParameterTypes().size());
    }

    private static boolean isUncalled(JavaMethod method) {
        return method.getAccessesToSelf().stream()
                .allMatch(access -> access.getOrigin().equals(method));
    }
}
