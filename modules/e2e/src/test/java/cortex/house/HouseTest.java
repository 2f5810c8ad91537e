package cortex.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import cortex.core.engine.EngineApi;
import cortex.core.engine.HarnessKind;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The boundaries of docs/ARCHITECTURE.md, held on the compiled classes.
class HouseTest {
    private static JavaClasses house;

    @BeforeAll
    static void read() {
        house =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("cortex");
        assertThat(house.size()).isGreaterThan(100);
    }

    @Test
    void gatewayAndNeuronNeverSeeEachOther() {
        noClasses()
                .that()
                .resideInAPackage("cortex.gateway..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "cortex.neuron..", "cortex.demo..", "cortex.cli..", "cortex.simulation..")
                .check(house);
        noClasses()
                .that()
                .resideInAPackage("cortex.neuron..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("cortex.gateway..", "cortex.demo..", "cortex.cli..")
                .check(house);
        noClasses()
                .that()
                .resideInAnyPackage("cortex.core..", "cortex.relay..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "cortex.gateway..", "cortex.neuron..", "cortex.demo..", "cortex.cli..")
                .check(house);
    }

    @Test
    void modulesSayTheSame() {
        Path lib = Sources.root().resolve("dist/target/lib");
        var modules =
                ModuleFinder.of(lib).findAll().stream()
                        .map(reference -> reference.descriptor())
                        .filter(descriptor -> descriptor.name().startsWith("cortex."))
                        .collect(Collectors.toMap(d -> d.name(), d -> d));
        assertThat(modules.keySet())
                .containsExactlyInAnyOrder(
                        "cortex.core",
                        "cortex.relay",
                        "cortex.gateway",
                        "cortex.neuron",
                        "cortex.simulation",
                        "cortex.demo",
                        "cortex.cli");
        modules.values().forEach(d -> assertThat(d.isAutomatic() || d.isOpen()).isFalse());
        assertThat(requires(module(modules, "cortex.gateway"))).doesNotContain("cortex.neuron");
        assertThat(requires(module(modules, "cortex.neuron"))).doesNotContain("cortex.gateway");
        assertThat(requires(module(modules, "cortex.core")))
                .doesNotContain("java.net.http", "io.helidon.webserver", "cortex.relay");
        assertThat(module(modules, "cortex.gateway").exports())
                .filteredOn(e -> !e.isQualified())
                .extracting(e -> e.source())
                .containsExactlyInAnyOrder(
                        "cortex.gateway", "cortex.gateway.access", "cortex.gateway.config");
        assertThat(module(modules, "cortex.gateway").exports())
                .filteredOn(e -> e.isQualified())
                .allSatisfy(e -> assertThat(e.targets()).containsExactly("cortex.simulation"));
        assertThat(module(modules, "cortex.neuron").exports()).isEmpty();
        assertThat(module(modules, "cortex.demo").exports()).isEmpty();
    }

    private static ModuleDescriptor module(Map<String, ModuleDescriptor> modules, String name) {
        return requireNonNull(modules.get(name));
    }

    private static Set<String> requires(ModuleDescriptor descriptor) {
        return descriptor.requires().stream().map(r -> r.name()).collect(Collectors.toSet());
    }

    /// What only asks whether the work is still wanted.
    private static final Set<String> ASKING = Set.of("currentThread", "isInterrupted");

    @Test
    void purePackagesSeeNoSocketsThreadsOrClock() {
        DescribedPredicate<JavaAccess<?>> impure =
                new DescribedPredicate<>("starts a thread, reads a clock or sleeps") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        String owner = access.getTargetOwner().getFullName();
                        String name = access.getTarget().getName();
                        return (owner.equals("java.lang.Thread") && !ASKING.contains(name))
                                || (owner.equals("java.lang.System")
                                        && (name.equals("nanoTime")
                                                || name.equals("currentTimeMillis")))
                                || (owner.startsWith("java.time.") && name.equals("now"));
                    }
                };
        String[] pure = {
            "cortex.core.failure..",
            "cortex.core.node..",
            "cortex.core.catalogue..",
            "cortex.core.dialect..",
            "cortex.gateway.placement..",
            "cortex.gateway.fleet.machine..",
            "cortex.simulation..",
            "cortex.gateway.route.."
        };
        noClasses().that().resideInAnyPackage(pure).should().accessTargetWhere(impure).check(house);
        noClasses()
                .that()
                .resideInAnyPackage(pure)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net.http..", "java.nio.channels..", "io.helidon..", "cortex.relay..")
                .check(house);
    }

    @Test
    void theClockHasOneDoor() {
        DescribedPredicate<JavaAccess<?>> clock =
                new DescribedPredicate<>("reads the clock or sleeps past Time") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        String owner = access.getTargetOwner().getFullName();
                        String name = access.getTarget().getName();
                        return (owner.equals("java.lang.Thread") && name.equals("sleep"))
                                || (owner.equals("java.lang.System")
                                        && (name.equals("nanoTime")
                                                || name.equals("currentTimeMillis")))
                                || (owner.startsWith("java.time.") && name.equals("now"));
                    }
                };
        noClasses()
                .that()
                .resideOutsideOfPackage("cortex.core.time..")
                .should()
                .accessTargetWhere(clock)
                .check(house);
    }

    @Test
    void onlyMetricsNamesMicrometer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("cortex.gateway.metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..")
                .check(house);
    }

    @Test
    void oneLockIdiomAndNoThreadLocals() {
        methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(house);
        noClasses().should().dependOnClassesThat().areAssignableTo(ThreadLocal.class).check(house);
    }

    @Test
    void whatIsPrintedIsMadeSafeFirst() {
        DescribedPredicate<JavaAccess<?>> raw =
                new DescribedPredicate<>("prints past SafeText") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        String owner = access.getTargetOwner().getFullName();
                        boolean made = access.getTarget().getName().equals("<init>");
                        return owner.equals("java.io.PrintStream")
                                || (owner.equals("java.io.PrintWriter") && made)
                                || (owner.equals("java.lang.Throwable")
                                        && access.getTarget().getName().equals("printStackTrace"));
                    }
                };
        noClasses()
                .that()
                .resideOutsideOfPackage("cortex.core.log")
                .should()
                .accessTargetWhere(raw)
                .check(house);
        DescribedPredicate<JavaAccess<?>> standard =
                new DescribedPredicate<>("takes standard output or error") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        String name = access.getTarget().getName();
                        return access.getTargetOwner().getFullName().equals("java.lang.System")
                                && (name.equals("out") || name.equals("err"));
                    }
                };
        noClasses()
                .that()
                .resideOutsideOfPackage("cortex.core.log")
                .and()
                .doNotHaveSimpleName("Main")
                .should()
                .accessTargetWhere(standard)
                .check(house);
    }

    /// Those that name an engine to make one of its kind, or to say which one it is.
    private static final String[] NAMING_ENGINES = {
        "cortex.core.engine",
        "cortex.neuron.harness.traits",
        "cortex.neuron.harness.ChildHarness",
        "cortex.neuron.harness.policy.FlagTable"
    };

    /// What an engine can do is a method of {@link EngineApi} or {@link HarnessKind}: a comparison
    /// elsewhere is one that nobody finds who adds an engine.
    @Test
    void enginesAreAskedWhatTheyCanDo() {
        Set<String> facts = Set.of(EngineApi.class.getName(), HarnessKind.class.getName());
        DescribedPredicate<JavaAccess<?>> engine =
                new DescribedPredicate<>("names one engine") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        return access instanceof JavaFieldAccess
                                && facts.contains(access.getTargetOwner().getFullName());
                    }
                };
        DescribedPredicate<JavaClass> others =
                new DescribedPredicate<>("classes that only ask") {
                    @Override
                    public boolean test(JavaClass one) {
                        return Stream.of(NAMING_ENGINES)
                                .noneMatch(naming ->
                                        one.getPackageName().equals(naming)
                                                || one.getFullName()
                                                        .replaceFirst("\\$.*", "")
                                                        .equals(naming));
                    }
                };
        noClasses().that(others).should().accessTargetWhere(engine).check(house);
        assertThat(house.stream().filter(one -> !others.test(one)))
                .as("those that may name an engine do, and are seen to")
                .anyMatch(one ->
                        !facts.contains(one.getFullName())
                                && one.getAccessesFromSelf().stream().anyMatch(engine));
    }

    @Test
    void namesFromTheGlossary() {
        classes()
                .should()
                .haveNameNotMatching(".*(Impl|Manager|Helper|Util|Utils|Worker|Backend)")
                .andShould()
                .haveNameNotMatching(".*\\.Base[A-Z].*")
                .check(house);
    }

    /// Each package by itself, a module's root included, whatever lies below what.
    private static final SliceAssignment PACKAGES =
            new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    return SliceIdentifier.of(type.getPackageName());
                }

                @Override
                public String getDescription() {
                    return "packages";
                }
            };

    @Test
    void packagesFormNoCycle() {
        slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(house);
    }
}
