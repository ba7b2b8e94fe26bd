package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import kinema.Kinema;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

/** How libtorch is loaded by programs that set no flags. Each is a JVM of its own, since a library is loaded once. */
class NativeLibrariesTest {
    private static final String LIMITS = "its limit of";
    private static final String NO_MKL = "computes without MKL";

    /** A program that loads libtorch, and says how it went. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            if (args[0].equals("late")) {
                System.out.println("limit " + (Pointer.maxPhysicalBytes() > 0));
            }
            try {
                Kinema.loadLibtorch();
            } catch (UnsatisfiedLinkError e) {
                System.out.println(e.getMessage());
                return;
            }
            System.out.println("unlimited "
                    + (Pointer.maxPhysicalBytes() == 0 && Pointer.maxBytes() == 0)
                    + ", mkl " + Loader.getLoadedLibraries().keySet().stream().anyMatch(l -> l.startsWith("mkl_rt")));
            NativeLibraries.complaints(
                            Pointer.maxPhysicalBytes(),
                            System.getProperty("org.bytedeco.openblas.load", ""),
                            Loader.getLoadedLibraries().keySet())
                    .forEach(System.out::println);
        }
    }

    @Test
    void flagsThatMatterAreSetInTime() throws Exception {
        assertThat(run("early", ".*", List.of())).containsExactly("unlimited true, mkl " + mklExists());
    }

    @Test
    void itIsSaidWhenJavaCppWasUsedBefore() throws Exception {
        assertThat(run("late", ".*", List.of()))
                .startsWith("limit true", "unlimited false, mkl " + mklExists())
                .anyMatch(line -> line.contains(LIMITS) && line.contains("-Dorg.bytedeco.javacpp.maxphysicalbytes=0"));
    }

    @Test
    void whatTheProgramSetItselfStays() throws Exception {
        List<String> flags = List.of("-Dorg.bytedeco.javacpp.maxphysicalbytes=8g", "-Dorg.bytedeco.openblas.load=none");
        assertThat(run("early", ".*", flags)).containsExactly("unlimited false, mkl false");
    }

    @Test
    void itIsSaidWhenMklIsNotThere() throws Exception {
        List<String> lines = run("early", "(?!mkl).*", List.of());
        assertThat(lines).startsWith("unlimited true, mkl false");
        assertThat(lines.stream().anyMatch(line -> line.contains(NO_MKL) && line.contains("kinema-platform-")))
                .isEqualTo(mklExists());
    }

    @Test
    void missingLibrariesAreNamedWithTheDependencyToAdd() throws Exception {
        String platform = Loader.getPlatform();
        List<String> lines = run("early", "(?!.*-" + platform + ").*", List.of());
        assertThat(String.join("\n", lines))
                .startsWith("the native libraries of libtorch for " + platform + " are not on the class path; add")
                .contains("""
                        <dependency>
                          <groupId>io.kinema</groupId>
                          <artifactId>kinema-platform-%s</artifactId>
                          <version>""".formatted(platform))
                .contains("implementation(\"io.kinema:kinema-platform-" + platform + ":");
    }

    private static boolean mklExists() {
        return Loader.getPlatform().endsWith("x86_64") && !Loader.getPlatform().startsWith("macosx");
    }

    /** What the program prints, with those jars on its class path whose names match. */
    private static List<String> run(String argument, String jars, List<String> flags)
            throws IOException, InterruptedException {
        String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().matches(jars))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        command.addAll(flags);
        command.addAll(List.of("-cp", path, Program.class.getName(), argument));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).isZero();
        return lines;
    }
}
