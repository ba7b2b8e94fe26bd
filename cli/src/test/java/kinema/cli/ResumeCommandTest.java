package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kinema.UnfinishedRun;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code kinema resume} and what {@code generate} leaves for it. */
class ResumeCommandTest {
    private static final int STEPS = 40;

    /** Progress after a first step; before that there is nothing to keep. */
    private static final String STEPPING = "/" + STEPS + ", ";

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path out = Path.of("");
    private Path kept = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        out = folder.resolve("video.mp4");
        kept = folder.resolve("video.mp4.kinema");
    }

    @Test
    void aCancelledGenerationKeepsItsStepsAndSaysHowToGoOn() throws IOException {
        Path whole = folder.resolve("whole.mp4");
        assertThat(Run.kinema(generate(whole)).code()).isZero();

        Run run = Run.onceShown(STEPPING, Cancellation::request, generate(out));

        int done = UnfinishedRun.read(kept).done();
        assertThat(run.code()).isEqualTo(130);
        assertThat(run.lastError())
                .isEqualTo("kinema: cancelled; " + done + " steps of denoise are saved; 'kinema resume " + kept
                        + "' goes on");
        assertThat(out).doesNotExist();

        Run rest = Run.kinema("resume", kept.toString());

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(rest.err())
                .contains("going on after step " + done + " of denoise, saved in ")
                .doesNotContain("text ");
        assertThat(rest.out()).isEqualTo(out + System.lineSeparator());
        assertThat(out).hasSameBinaryContentAs(whole);
        assertThat(kept).doesNotExist();
    }

    @Test
    void theSameCommandGoesOnToo() throws IOException {
        Path whole = folder.resolve("whole.mp4");
        Run.kinema(generate(whole));
        Run.onceShown(STEPPING, Cancellation::request, generate(out));

        Run again = Run.kinema(generate(out));

        assertThat(again.err()).contains("going on after step ");
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    @Test
    void whatWasBegunWithMatricesInEightBitsGoesOnWithThem() throws IOException {
        Path whole = folder.resolve("whole.mp4");
        assertThat(Run.kinema(inBytes(whole)).code()).isZero();
        Run.onceShown(STEPPING, Cancellation::request, inBytes(out));

        Run rest = Run.kinema("resume", kept.toString());

        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(rest.err()).contains("going on after step ");
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    private String[] inBytes(Path target) {
        return Stream.concat(Stream.of(generate(target)), Stream.of("--quant", "int8"))
                .toArray(String[]::new);
    }

    @Test
    void aFailedDecodeIsRepeatedWithOtherTilesAndFormat() throws IOException {
        Path tiled = folder.resolve("tiled/");
        Run.kinema(generate(tiled + "/", "--tile", "64x64"));
        Path place = Files.createDirectory(folder.resolve("place"));
        Path spills = Files.createDirectory(folder.resolve("spills"));
        String[] args = generate(place.resolve("video.mp4"), "--spill", spills.toString());

        Run run = Run.onceShown("decode", cancellation -> replaceByFile(place), args);

        kept = spills.resolve("video.mp4.kinema");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(run.err()).contains("the work so far is saved; 'kinema resume " + kept + "' goes on");
        assertThat(run.lastError()).contains("cannot write " + place.resolve("video.mp4"), "choose another place");
        assertThat(UnfinishedRun.read(kept).done()).isEqualTo(STEPS);

        Path frames = folder.resolve("frames/");
        Run again = Run.kinema("resume", kept.toString(), "--out", frames + "/", "--tile", "64x64");

        assertThat(again.code()).as(again.err()).isZero();
        for (String frame : List.of("0000.png", "0008.png")) {
            assertThat(frames.resolve(frame)).hasSameBinaryContentAs(tiled.resolve(frame));
        }
        assertThat(spills).isEmptyDirectory();
    }

    @Test
    void tilesThatFitTakeThePlaceOfThoseTheRunWasBegunWith() {
        Run.onceShown(STEPPING, Cancellation::request, generate(out, "--tile", "64x64"));

        Run run = Run.kinema("resume", kept.toString(), "--tile", "auto");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(VideoInfo.probe(out).provenance()).doesNotContain("\"tile\"");
    }

    @Test
    void rateAndTilesMayChange() {
        Run.onceShown(STEPPING, Cancellation::request, generate(out, "--tile", "64x64"));

        Run run = Run.kinema("resume", kept.toString(), "--tile", "off", "--fps", "5");

        assertThat(run.code()).as(run.err()).isZero();
        VideoInfo info = VideoInfo.probe(out);
        assertThat(info.fps()).isEqualTo(5);
        assertThat(info.provenance()).contains("\"fps\":5.0").doesNotContain("\"tile\"");
    }

    @Test
    void workThatWasBegunOnAnotherDeviceIsGoneOnWithAndSaidSo() throws IOException {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        Checkpoints.replace(kept.resolve("request.json"), "\"device\" : \"cpu\"", "\"device\" : \"cuda\"");

        Run run = Run.kinema("resume", kept.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("warning: made on cuda, this is cpu: the last digits may differ");
    }

    @Test
    void withoutASpillNothingIsKept() {
        Run run = Run.onceShown(STEPPING, Cancellation::request, generate(out, "--spill", "off"));

        assertThat(run.lastError()).isEqualTo("kinema: cancelled; nothing half-written is left");
        assertThat(kept).doesNotExist();
    }

    @Test
    void aFileInTheFoldersPlaceStaysAndIsNamed() throws IOException {
        Files.writeString(kept, "mine");

        Run run = Run.kinema(generate(out));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("warning: unfinished work cannot be saved in " + kept
                        + " (there is a file of that name); the run"
                        + " goes on without; --spill DIR saves it elsewhere, --spill off nowhere");
        assertThat(out).isNotEmptyFile();
        assertThat(kept).hasContent("mine");
    }

    @Test
    @EnabledOnOs(OS.LINUX) // which has a device that is always full
    void aFullDiskForUnfinishedWorkEndsNoRun() throws IOException {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        Files.createSymbolicLink(kept.resolve("state.safetensors.partial"), Path.of("/dev/full"));

        Run run = Run.kinema(generate(out, "--spill-every", "1"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains(
                        "warning: unfinished work cannot be saved in " + kept + " (No space left on device)",
                        "--spill DIR");
        assertThat(out).isNotEmptyFile();
        assertThat(kept).doesNotExist();
    }

    @Test
    void whereNoSaveSucceedsNothingIsSaidToBeSaved() throws IOException {
        Files.createDirectories(kept.resolve("state.safetensors/in-its-place"));

        Run run = Run.onceShown(STEPPING, Cancellation::request, generate(out, "--spill-every", "1"));

        assertThat(run.lastError()).isEqualTo("kinema: cancelled; nothing half-written is left");
        assertThat(run.err()).contains("cannot be saved in " + kept).doesNotContain("are saved", "resume");
    }

    @Test
    void aRandomSeedIsNoRequest() throws IOException {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        List<String> args = new ArrayList<>(List.of(generate(out)));
        int seed = args.indexOf("--seed");
        args.subList(seed, seed + 2).clear();

        Run again = Run.kinema(args.toArray(String[]::new));

        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err()).contains("seed 4", "going on after step ");
        Path whole = folder.resolve("whole.mp4");
        Run.kinema(generate(whole));
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    @Test
    void freshBeginsAnewWhereUnfinishedWorkLies() {
        Run.onceShown(STEPPING, Cancellation::request, generate(out, "--guidance", "2"));
        assertThat(kept).exists();

        Run run = Run.kinema(generate(out, "--fresh"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).doesNotContain("going on");
        assertThat(kept).doesNotExist();
    }

    @Test
    void aRunThatAnotherProgramKeptGoesOnWhereTheOptionsSay() throws IOException {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        Path request = kept.resolve("request.json");
        Files.writeString(request, Files.readString(request).replaceAll("(?s)\"notes\" : \\{.*?}", "\"notes\" : {}"));
        String lacks = "kinema: " + kept + ": its request.json lacks the note ";

        assertThat(Run.kinema("resume", kept.toString()).lastError()).isEqualTo(lacks + "'out'; give it with --out");
        assertThat(Run.kinema("resume", kept.toString(), "--out", out.toString())
                        .lastError())
                .isEqualTo(lacks + "'model'; give it with --model");
        Run run = Run.kinema("resume", kept.toString(), "--out", out.toString(), "--model", model.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out).exists();
    }

    @Test
    void latentsThatAreKeptCanBeDecodedOnTheirOwn() {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        String state = kept.resolve("state.safetensors").toString();

        Run run = Run.kinema("vae", "decode", state, out.toString(), "--model", model.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).doesNotContain("could not be checked");
        assertThat(VideoInfo.probe(out).frames())
                .isEqualTo(UnfinishedRun.read(kept).provenance().size().frames());
    }

    @Test
    @EnabledOnOs(OS.LINUX) // which has a folder that nobody can write in
    void aPlaceThatCannotBeWrittenIsRefusedBeforeTheModelIsOpened() {
        Run run = Run.kinema(generate(out, "--spill", "/proc"));

        assertThat(run.err())
                .startsWith("kinema: --spill needs a folder to write in, or off; found '/proc': no ")
                .hasLineCount(1);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    @Test
    void otherWeightsAreRefusedWithBothDigestsBeforeTheyAreOpened() throws IOException {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        String digest = UnfinishedRun.read(kept).provenance().model().digest();
        Path moved = folder.resolve("moved");
        Files.move(model, moved);

        assertFails(
                ExitCode.BAD_MODEL,
                "cannot open the model " + model + ": no such folder; expected a folder with model_index.json and one"
                        + " folder per network",
                kept);
        Path other = Checkpoints.copy("t2v-5b", folder.resolve("other"));
        Run run = Run.kinema("resume", kept.toString(), "--model", other.toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.lastError())
                .startsWith("kinema: " + kept + " was made with other weights: those of model with the digest "
                        + TerminalText.digest(digest) + "; " + other + " has ")
                .endsWith("; name the right model with --model");

        assertThat(Run.kinema("resume", kept.toString(), "--model", moved.toString())
                        .code())
                .isZero();
    }

    @Test
    void anotherRequestDoesNotTouchWhatIsKept() {
        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        int done = UnfinishedRun.read(kept).done();

        Run run = Run.kinema(generate(out, "--guidance", "2"));

        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(run.lastError())
                .isEqualTo(
                        "kinema: " + kept + " holds the unfinished run of another request: its guidance is 6.0,"
                                + " here 2.0; resume that one, remove the folder, or choose another output; or begin anew with --fresh");
        assertThat(UnfinishedRun.read(kept).done()).isEqualTo(done);
    }

    @Test
    void foldersThatCannotBeGoneOnFromAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        String expected = "; expected the folder that an interrupted generation left, such as video.mp4.kinema";
        assertFails(ExitCode.BAD_INPUT, kept + " is no unfinished run: no such folder" + expected, kept);
        assertFails(ExitCode.BAD_INPUT, file + " is no unfinished run: it is a file" + expected, file);
        assertFails(ExitCode.BAD_INPUT, empty + " is no unfinished run: it has no request.json" + expected, empty);

        Run.onceShown(STEPPING, Cancellation::request, generate(out));
        Path request = kept.resolve("request.json");
        String text = Files.readString(request);
        assertRequest(
                text.replace("\"version\" : 2", "\"version\" : 9"),
                "version must be 2, found 9; go on with the" + " Kinema that wrote it");
        assertRequest(text.replace("\"seed\"", "\"sed\""), "the provenance lacks 'seed'");
        assertRequest(
                text.replace("\"steps\" : " + STEPS, "\"steps\" : [1]"),
                "the provenance's 'settings.steps' is of the wrong kind");
        Files.writeString(request, text.replace("\"out\"", "\"outt\""));
        assertFails(ExitCode.BAD_INPUT, kept + ": its request.json lacks the note 'out'; give it with --out", kept);
        Files.writeString(request, text);
        Checkpoints.truncate(kept.resolve("state.safetensors"), 4);
        Run run = Run.kinema("resume", kept.toString());
        assertThat(run.lastError())
                .startsWith("kinema: the saved work in " + kept + " is damaged (")
                .endsWith("); remove the folder and generate again");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private void assertRequest(String text, String message) throws IOException {
        Path request = kept.resolve("request.json");
        Files.writeString(request, text);
        assertFails(ExitCode.BAD_INPUT, request + ": " + message, kept);
    }

    private static void assertFails(ExitCode code, String message, Path resumed) {
        Run run = Run.kinema("resume", resumed.toString());

        assertThat(run.err()).isEqualTo("kinema: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(code.number());
        assertThat(run.out()).isEmpty();
    }

    private String[] generate(Path to, String... more) {
        return generate(to.toString(), more);
    }

    private String[] generate(String to, String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "a bird", "--seed", "4", "--threads", "1"));
        args.addAll(List.of("--model", model.toString(), "--out", to, "--steps", Integer.toString(STEPS)));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static void replaceByFile(Path place) {
        try (Stream<Path> files = Files.list(place)) {
            files.forEach(file -> fail("did not expect " + file));
            Files.delete(place);
            Files.writeString(place, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
