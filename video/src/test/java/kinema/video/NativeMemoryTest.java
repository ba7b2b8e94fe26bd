package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing and reading give back what they took from outside the Java heap. */
class NativeMemoryTest {
    /** Growth of the compiled code and the like over the runs; one leaked frame a run would be 10 MiB and more. */
    private static final long ALLOWED = 4L << 20;

    @TempDir
    Path folder;

    /** In a process of its own with a heap of fixed size, so that what grows is native. */
    @Test
    void memoryStaysFlat() throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path report = folder.resolve("report.txt");
        List<String> command = List.of(
                java.toString(),
                "-Xms48m",
                "-Xmx48m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0", // the heap is small on purpose
                "-cp",
                System.getProperty("java.class.path"),
                NativeMemoryRuns.class.getName(),
                folder.toString());

        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(report.toFile())
                .start();

        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        String text = Files.readString(report);
        assertThat(text).containsPattern("pointers 0\\Rbytes -?\\d+\\R$"); // newer JVMs warn of native access before
        assertThat(Long.parseLong(text.substring(text.lastIndexOf(' ') + 1).strip()))
                .isLessThan(ALLOWED);
    }
}
