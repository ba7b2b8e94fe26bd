package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places that an output cannot go to are refused before any work; those that it can, it goes to and leaves nothing else. */
@EnabledOnOs(OS.LINUX) // for /proc, links and pipes
class PlacesTest {
    private static final String LONG = "a".repeat(300);

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/a.mp4", "/proc/a/", "FOLDER/LONG.mp4", "FOLDER/LONG/", "FOLDER/loop.mp4"})
    void videosAreRefusedAtTheStart(String name) throws IOException {
        Files.createSymbolicLink(folder.resolve("loop.mp4"), Path.of("loop.mp4"));
        String out = name.replace("FOLDER", folder.toString()).replace("LONG", LONG);
        Run run = generate("--out", out);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(run.lastError()).startsWith("kinema: cannot write ").hasSizeLessThanOrEqualTo(300);
        assertThat(run.err().lines()).hasSize(1);
    }

    @Test
    void aNameWithNoRoomForUnfinishedWorkIsRefusedUnlessNoneIsKept() {
        String out = folder.resolve("a".repeat(246) + ".mp4").toString();
        Run run = generate("--out", out);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(run.lastError())
                .startsWith("kinema: unfinished work cannot be saved in ")
                .contains("--spill off");
        assertThat(generate("--out", out, "--spill", "off").code()).isZero();
        assertThat(Path.of(out)).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/a.safetensors", "FOLDER/LONG.safetensors"})
    void tensorsAreRefusedAtTheStart(String name) {
        String out = name.replace("FOLDER", folder.toString()).replace("LONG", LONG);
        Run run = Run.kinema("vae", "encode", folder.toString(), out, "--model", model.toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(run.lastError()).startsWith("kinema: cannot write ");
    }

    @Test
    void foldersThatAreMissingAreMadeAndOnlyThen() {
        Path out = folder.resolve("new/clips/a.mp4");
        assertThat(generate("--out", out.toString(), "--steps", "0").code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(folder.resolve("new")).doesNotExist();
        Path tensors = folder.resolve("other/new/a.safetensors");
        Run run = generate("--out", out.toString(), "--tensors", tensors.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out).isNotEmptyFile();
        assertThat(tensors).isNotEmptyFile();
    }

    @Test
    void aLineThatCannotBeWrittenEndsTheBatchAsAnyOutput() throws IOException {
        Path prompts = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\": \"a\", \"out\": \"/proc/a.gif\"}");
        Run run = Run.kinema("generate", "--prompts", prompts.toString(), "--model", model.toString());
        assertThat(run.lastError()).startsWith("kinema: " + prompts + ":1: cannot write /proc/a.gif");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    @Test
    void aLinkIsWrittenThrough() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), Path.of("elsewhere/video.mp4"));
        assertThat(generate("--out", link.toString()).code()).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(elsewhere.resolve("video.mp4")).isRegularFile();
        assertThat(elsewhere).isDirectoryContaining("glob:**video.mp4");

        Path latents = Files.createSymbolicLink(folder.resolve("l.safetensors"), Path.of("elsewhere/l.safetensors"));
        Run run = Run.kinema("vae", "encode", link.toString(), latents.toString(), "--model", model.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(latents).isSymbolicLink();
        assertThat(elsewhere.resolve("l.safetensors")).isRegularFile();
    }

    @Test
    void whatAKilledRunLeftThereIsRemovedByTheNext() throws IOException {
        Path frames = Files.createDirectory(folder.resolve("frames"));
        Path left = Files.createDirectory(
                frames.resolve(".kinema-" + hash("frames") + "-" + host() + "-" + (1L << 40) + "-1-1.part"));
        Files.createFile(left.resolve("0000.png"));
        Run run = generate("--out", frames + "/");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(left).doesNotExist();
        assertThat(frames.resolve("0000.png")).isNotEmptyFile();
    }

    @Test
    void anEmptyFolderOfUnfinishedWorkIsNone() throws IOException {
        Path kept = Files.createDirectory(folder.resolve("video.mp4.kinema"));
        assertThat(Run.kinema("resume", kept.toString()).lastError()).contains("is no unfinished run");
        Files.createFile(kept.resolve("lock")); // as a process leaves it that was killed before it kept anything
        assertThat(generate("--out", folder.resolve("video.mp4").toString()).code())
                .isZero();
        assertThat(kept).doesNotExist();
    }

    @Test
    void pipesAreNoFilesOfPromptsAndNoRecipes() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (String[] args : List.of(
                new String[] {"generate", "--prompts", pipe.toString(), "--model", model.toString()},
                new String[] {"train", "vae", pipe.toString()},
                new String[] {"tokenize", pipe.toString()},
                new String[] {"precompute", pipe.toString()})) {
            Run run = Run.kinema(args);
            assertThat(run.code()).isIn(ExitCode.USAGE.number(), ExitCode.BAD_INPUT.number());
            assertThat(run.lastError()).contains("it is a pipe or a device; expected a file");
        }
    }

    private Run generate(String... more) {
        List<String> args = new ArrayList<>(
                List.of("generate", "a boat", "--model", model.toString(), "--steps", "1", "--seed", "1"));
        args.addAll(List.of(more));
        return Run.kinema(args.toArray(String[]::new));
    }

    private static String hash(String name) {
        return Integer.toHexString(name.hashCode());
    }

    /** As this process's own names say it. */
    private String host() {
        return kinema.files.Partial.in(folder, folder.resolve("frames"))
                .getFileName()
                .toString()
                .split("-")[2];
    }
}
