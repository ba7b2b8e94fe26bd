package kinema.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Rules that need to see every module at once. Core's own arrows are checked in core. */
@AnalyzeClasses(packages = "kinema", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule VIDEO_KNOWS_NEITHER_TRAINING_NOR_SYSTEMS = noClasses()
            .that()
            .resideInAPackage("kinema.video..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "kinema.train..",
                    "kinema.eval..",
                    "kinema.cli..",
                    "kinema.cogvideox..",
                    "kinema.show1..",
                    "kinema.cogvideo..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule ONLY_VIDEO_KNOWS_FFMPEG = noClasses()
            .that()
            .resideOutsideOfPackage("kinema.video..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco.ffmpeg..");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_KNOWS_PICOCLI = noClasses()
            .that()
            .resideOutsideOfPackage("kinema.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "kinema.cli..");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS =
            noClasses().that().resideOutsideOfPackage("kinema.cli..").should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_EXITS = noClasses()
            .that()
            .resideOutsideOfPackage("kinema.cli..")
            .should()
            .callMethod(System.class, "exit", int.class);
}
