package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher and the program it builds, as a user starts them. */
class LauncherIT {
    private static final Path LAUNCHER = Path.of("../kinema").toAbsolutePath().normalize();
    private static final long MINUTES = 15; // the first start builds

    @TempDir
    private Path folder;

    @Test
    void printsItsVersion() throws Exception {
        Run run = start(List.of("--version"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).matches("kinema \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void generatesAVideoFromTextOutsideAscii() throws Exception {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));

        Run run = start(List.of("generate", "ein Vögel 鸟", "--model", model.toString(), "--steps", "2", "--seed", "3"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo("kinema-3.mp4");
        VideoInfo info = VideoInfo.probe(folder.resolve("kinema-3.mp4"));
        assertThat(info.frames()).isEqualTo(9);
        assertThat(info.provenance()).contains("ein Vögel 鸟");
    }

    @Test
    void defaultNameNeverReplacesAFile() throws Exception {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path earlier = Files.writeString(folder.resolve("kinema-3.mp4"), "earlier");

        Run run = start(List.of("generate", "a", "--model", model.toString(), "--steps", "1", "--seed", "3"));

        assertThat(run.out().strip()).isEqualTo("kinema-3-2.mp4");
        assertThat(earlier).hasContent("earlier");
    }

    @Test
    void terminationLeavesNothing() throws Exception {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        List<String> command = List.of(
                "generate", "a", "--model", model.toString(), "--steps", "1000", "--out", "video.mp4", "--seed", "1");
        Path err = folder.resolve("err.txt");
        Process process = builder(command).redirectError(err.toFile()).start();
        waitForText(process, err, "load ");

        // Not the signal of Ctrl-C: a build that runs in the background ignores that one, and so do its children.
        process.destroy();

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(Files.readString(err)).doesNotContain("wrote");
        assertThat(folder).isDirectoryNotContaining("glob:**/*.{mp4,part,partial}");
    }

    /** The launcher replaces itself by the JVM, so that the process is the JVM from then on. */
    private static void waitForText(Process process, Path file, String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        while (!Files.readString(file).contains(text)) {
            assertThat(process.isAlive()).as(Files.readString(file)).isTrue();
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private Run start(List<String> args) throws IOException, InterruptedException {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = builder(args)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    private ProcessBuilder builder(List<String> args) {
        List<String> command = new ArrayList<>();
        command.add(LAUNCHER.toString());
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("LC_ALL", "C"); // where Java alone would read ASCII
        return builder;
    }
}
