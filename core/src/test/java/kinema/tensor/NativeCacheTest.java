package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
    @TempDir
    Path folder;

    @Test
    void processesThatStartAtOnceUnpackOneAfterTheOther() throws Exception {
        Process first = start();
        Process second = start();
        assertThat(first.waitFor(2, TimeUnit.MINUTES) && second.waitFor(2, TimeUnit.MINUTES))
                .isTrue();
        assertThat(List.of(first.exitValue(), second.exitValue())).containsOnly(0);
        assertThat(Files.readAllLines(folder.resolve("log"))).containsExactly("begin", "end", "begin", "end");
        assertThat(folder.resolve("natives.complete")).exists();
    }

    @Test
    void librariesAreLoadedAlsoWhereNothingCanBeLocked() throws IOException {
        int[] times = {0};
        NativeCache cache = new NativeCache(Files.createFile(folder.resolve("file")));
        cache.load("natives", () -> times[0]++);
        assertThat(times[0]).isEqualTo(1);
        assertThat(cache.has("natives")).isFalse();
    }

    @Test
    void whatCouldNotBeLoadedIsNotTakenForUnpacked() {
        NativeCache cache = new NativeCache(folder);
        assertThatThrownBy(() -> cache.load("natives", () -> {
                    throw new UnsatisfiedLinkError("no such library");
                }))
                .hasMessage("no such library");
        assertThat(cache.has("natives")).isFalse();
        cache.load("natives", () -> {});
        assertThat(cache.has("natives")).isTrue();
        assertThat(cache.has("others")).isFalse();
    }

    /** Both unpack into one folder that is empty. Neither may read a library that the other is writing. */
    @Test
    void twoProgramsStartAtOnceOnAnEmptyCache() throws Exception {
        List<Process> programs = List.of(library(), library());
        for (Process program : programs) {
            assertThat(program.waitFor(4, TimeUnit.MINUTES)).isTrue();
            assertThat(program.exitValue()).isZero();
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("kinema-openblas-") && name.endsWith(".complete"));
        }
    }

    private Process library() throws IOException {
        return program("-Dorg.bytedeco.javacpp.cachedir=" + folder, Library.class);
    }

    private Process start() throws IOException {
        return program("-Dunused=", Unpacking.class);
    }

    private Process program(String flag, Class<?> main) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java, flag, "-cp", System.getProperty("java.class.path"), main.getName(), folder.toString())
                .inheritIO()
                .start();
    }

    /** A program that computes something; with OpenBLAS, which is smaller than libtorch and unpacked in the same way. */
    static final class Library {
        public static void main(String[] args) {
            System.setProperty("org.bytedeco.openblas.load", "");
            NativeLibraries.load("OpenBLAS", openblas.class);
            float[] three = {1, 1, 1};
            assertThat(openblas.cblas_sdot(3, three, 1, three, 1)).isEqualTo(3);
        }
    }

    /** A program that takes its time to unpack. */
    static final class Unpacking {
        public static void main(String[] args) {
            Path folder = Path.of(args[0]);
            new NativeCache(folder).load("natives", () -> {
                log(folder, "begin");
                pause();
                log(folder, "end");
            });
        }

        private static void log(Path folder, String line) {
            try {
                Files.writeString(
                        folder.resolve("log"), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private static void pause() {
            try {
                Thread.sleep(1500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
