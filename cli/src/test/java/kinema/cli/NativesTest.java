package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesTest {
    @TempDir
    Path folder;

    @Test
    void processesThatStartAtOnceUnpackOneAfterTheOther() throws Exception {
        Process first = start();
        Process second = start();
        assertThat(first.waitFor(2, TimeUnit.MINUTES) && second.waitFor(2, TimeUnit.MINUTES))
                .isTrue();
        assertThat(List.of(first.exitValue(), second.exitValue())).containsOnly(0);
        assertThat(Files.readAllLines(folder.resolve("log"))).containsExactly("begin", "end");
        assertThat(folder.resolve("natives.complete")).exists();
    }

    @Test
    void anotherVersionIsUnpackedToo() throws IOException {
        int[] times = {0};
        Natives.prepare(folder, "a", () -> times[0]++);
        Natives.prepare(folder, "a", () -> times[0]++);
        Natives.prepare(folder, "b", () -> times[0]++);
        assertThat(times[0]).isEqualTo(2);
    }

    private Process start() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unpacking.class.getName(),
                        folder.toString())
                .inheritIO()
                .start();
    }

    /** A program that takes its time to unpack. */
    static final class Unpacking {
        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            Natives.prepare(folder, "natives", () -> {
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
