package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import kinema.SpillException;
import kinema.UnfinishedRun;
import kinema.testing.Golden;
import kinema.testing.TinyCogVideo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is killed without a chance to clean up loses no finished step. */
class KilledRunTest {
    private static final int STEPS = 100;
    private static final long MAX_MINUTES = 5;

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
            kill(args(model, out, scheduler), kept, run -> run.done() >= least);
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

        kill(frames(model, out), kept, run -> run.done() >= 2);
        assertThat(out).doesNotExist();
        Run rest = Run.kinema("resume", kept.toString(), "--threads", "1");

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    /** A cascade is killed in each of its stages, where it has windows in one after the first. */
    @Test
    void theVideoOfACascadeKilledInEveryStageHasTheBytesOfOneInOneGo() throws Exception {
        Path model = Golden.file("show1");
        Path whole = folder.resolve("whole.mp4");
        Path out = folder.resolve("video.mp4");
        Path kept = folder.resolve("video.mp4.kinema");
        Map<String, Integer> kills = new LinkedHashMap<>();
        kills.put("base", 2);
        kills.put("interpolate", 10); // in the 4th of 7 windows of 3 steps
        kills.put("first-frame", 2);
        kills.put("upscale", 4); // in the 2nd of 4 windows
        kills.put("refine", 2);
        Run first = Run.kinema(cascade(model, whole).toArray(String[]::new));
        assertThat(first.code()).as(first.err()).isZero();

        for (Map.Entry<String, Integer> at : kills.entrySet()) {
            kill(
                    cascade(model, out),
                    kept,
                    run -> run.stage().equals(Optional.of(at.getKey())) && run.done() >= at.getValue());
            assertThat(out).doesNotExist();
            assertThat(UnfinishedRun.read(kept).stage()).hasValue(at.getKey());
        }
        Run rest = Run.kinema("resume", kept.toString(), "--threads", "1");

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(out).hasSameBinaryContentAs(whole);
        assertThat(kept).doesNotExist();
    }

    private static List<String> cascade(Path model, Path out) {
        List<String> all = new ArrayList<>(List.of("generate", "Two boats", "--model", model.toString()));
        all.addAll(List.of("--out", out.toString(), "--size", "16x16", "--frames", "29", "--seed", "11"));
        all.addAll(List.of("--threads", "1", "--spill-every", "1"));
        for (String setting : List.of(
                "key-width=8",
                "key-height=4",
                "base.steps=12",
                "interpolate.steps=3",
                "first-frame.steps=12",
                "upscale.steps=3",
                "refine.steps=15")) {
            all.addAll(List.of("--set", setting));
        }
        return all;
    }

    private static List<String> frames(Path model, Path out) {
        String[] args = {
            "generate", "狮子", "--frames", "33", "--seed", "11", "--threads", "1", "--spill-every", "1", "--model"
        };
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(model.toString(), "--out", out.toString()));
        return all;
    }

    /** Starts a process and kills it as soon as what it has kept is {@code enough}. */
    private void kill(List<String> args, Path kept, Predicate<UnfinishedRun> enough) throws Exception {
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
            while (!hasKept(kept, enough)) {
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

    private static boolean hasKept(Path kept, Predicate<UnfinishedRun> enough) {
        try {
            return UnfinishedRun.isAt(kept) && enough.test(UnfinishedRun.read(kept));
        } catch (SpillException e) {
            return false; // the process put a state of another size in its place meanwhile
        }
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
