package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kinema.UnfinishedRun;
import kinema.testing.TinyCogVideo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is killed without a chance to clean up loses no finished step. */
class KilledRunTest {
    private static final int STEPS = 100;
    private static final long MAX_MINUTES = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "dpm"})
    void theVideoOfAKilledRunHasTheBytesOfOneInOneGo(String scheduler) throws Exception {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path whole = folder.resolve("whole.mp4");
        Path out = folder.resolve("video.mp4");
        Path kept = folder.resolve("video.mp4.kinema");
        Random random = new Random(scheduler.hashCode());
        assertThat(Run.kinema(args(model, whole, scheduler).toArray(String[]::new))
                        .code())
                .isZero();

        int first = 1 + random.nextInt(STEPS / 3);
        int second = first + 1 + random.nextInt(STEPS / 3);
        for (int least : new int[] {first, second}) {
            kill(args(model, out, scheduler), kept, least);
            assertThat(out).doesNotExist();
            assertThat(UnfinishedRun.read(kept).done()).isBetween(least, STEPS);
        }
        Run rest = Run.kinema("resume", kept.toString(), "--threads", "1");

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(out).hasSameBinaryContentAs(whole);
        assertThat(kept).doesNotExist();
    }

    /** Of a frame that was not finished nothing is kept; it is made again, token by token. */
    @Test
    void tokensOfAKilledRunAreThoseOfOneInOneGo() throws Exception {
        Path model = TinyCogVideo.authors(folder.resolve("tokens"));
        Path whole = folder.resolve("whole.mp4");
        Path out = folder.resolve("tokens.mp4");
        Path kept = folder.resolve("tokens.mp4.kinema");
        assertThat(Run.kinema(frames(model, whole).toArray(String[]::new)).code())
                .isZero();

        kill(frames(model, out), kept, 2);
        assertThat(out).doesNotExist();
        Run rest = Run.kinema("resume", kept.toString(), "--threads", "1");

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    private static List<String> frames(Path model, Path out) {
        String[] args = {
            "generate", "狮子", "--frames", "33", "--seed", "11", "--threads", "1", "--spill-every", "1", "--model"
        };
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(model.toString(), "--out", out.toString()));
        return all;
    }

    /** Starts a process and kills it as soon as it has kept so many steps. */
    private void kill(List<String> args, Path kept, int least) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // The same flags, so that the same libraries calculate.
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-javaagent"))
                .toList());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(args);
        File log = folder.resolve("log.txt").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        try {
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MAX_MINUTES);
            while (!UnfinishedRun.isAt(kept) || UnfinishedRun.read(kept).done() < least) {
                assertThat(process.isAlive()).as(Files.readString(log.toPath())).isTrue();
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(1);
            }
            assertThatThrownBy(() -> UnfinishedRun.requireUnused(kept))
                    .as("held by the process")
                    .hasMessageContaining(" is in use: ");
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).as("killed, not ended").isNotZero();
    }

    private static List<String> args(Path model, Path out, String scheduler) {
        return List.of(
                "generate",
                "a bird",
                "--model",
                model.toString(),
                "--out",
                out.toString(),
                "--scheduler",
                scheduler,
                "--steps",
                Integer.toString(STEPS),
                "--seed",
                "11",
                "--threads",
                "1",
                "--spill-every",
                "1");
    }
}
