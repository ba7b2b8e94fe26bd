package kinema;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.util.stream.Stream;

/** The arrows between core's packages: they point down only. A package that does not exist yet breaks no rule. */
@AnalyzeClasses(packages = "kinema", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] SYSTEMS = {"kinema.cogvideox..", "kinema.show1..", "kinema.cogvideo.."};

    @ArchTest
    static final ArchRule ARROWS_POINT_DOWN = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("door")
            .definedBy("kinema")
            .layer("systems")
            .definedBy(SYSTEMS)
            .layer("system")
            .definedBy("kinema.system..")
            .layer("memory")
            .definedBy("kinema.memory..")
            .layer("diffusion")
            .definedBy("kinema.diffusion..")
            .layer("text")
            .definedBy("kinema.text..")
            .layer("nn")
            .definedBy("kinema.nn..")
            .layer("weights")
            .definedBy("kinema.weights..")
            .layer("tensor")
            .definedBy("kinema.tensor..")
            .layer("files")
            .definedBy("kinema.files..")
            .whereLayer("files")
            .mayNotAccessAnyLayer()
            .whereLayer("door")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("systems")
            .mayOnlyBeAccessedByLayers("door")
            .whereLayer("text")
            .mayOnlyBeAccessedByLayers("door", "systems")
            .whereLayer("system")
            .mayOnlyBeAccessedByLayers("door", "systems")
            .whereLayer("diffusion")
            .mayOnlyBeAccessedByLayers("door", "systems", "system")
            .whereLayer("memory")
            .mayOnlyBeAccessedByLayers("door", "systems", "system", "text")
            .whereLayer("nn")
            .mayOnlyBeAccessedByLayers("door", "systems", "text")
            .whereLayer("weights")
            .mayOnlyBeAccessedByLayers("door", "systems", "system", "memory", "text", "nn");

    @ArchTest
    static final ArchRule SYSTEMS_DO_NOT_KNOW_ONE_ANOTHER = slices().matching("kinema.(cogvideox|show1|cogvideo)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule ONE_CLASS_LISTS_THE_SYSTEMS = noClasses()
            .that()
            .resideOutsideOfPackages(SYSTEMS)
            .and()
            .doNotHaveFullyQualifiedName("kinema.Systems")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SYSTEMS);

    @ArchTest
    static final ArchRule DIFFUSION_KNOWS_NO_NETWORK = classes()
            .that()
            .resideInAPackage("kinema.diffusion..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "kinema.diffusion..",
                    "kinema.tensor..",
                    "org.bytedeco..",
                    "com.fasterxml.jackson..",
                    "org.jspecify..",
                    "java..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule TOKENIZERS_KNOW_NO_TENSORS = noClasses()
            .that()
            .resideInAPackage("kinema.text.tokenize..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.bytedeco..", "kinema.tensor..", "kinema.weights..", "kinema.nn..")
            .allowEmptyShould(true);

    /** Libtorch's own type is seen where a caller asks for tensors: docs/adr/0007-what-a-caller-sees.md says why. */
    @ArchTest
    static final ArchRule THE_DOOR_SHOWS_NO_OTHER_LIBRARY = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat(resideInAPackage("kinema").and(modifier(JavaModifier.PUBLIC)))
            .and()
            .areDeclaredInClassesThat(not(belongToAnyOf(Generation.class, Outcome.class, VideoAutoencoder.class)))
            .should(new ArchCondition<>("name only types of Java's and Kinema's") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    Stream.concat(Stream.of(method.getReturnType()), method.getParameterTypes().stream())
                            .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                            .filter(type ->
                                    type.getBaseComponentType().getPackageName().matches("(?!java\\.|kinema).+"))
                            .forEach(type ->
                                    events.add(violated(method, method.getFullName() + " names " + type.getName())));
                }
            });

    @ArchTest
    static final ArchRule PACKAGES_FORM_NO_CYCLE =
            slices().matching("kinema.(**)").should().beFreeOfCycles().allowEmptyShould(true);
}
