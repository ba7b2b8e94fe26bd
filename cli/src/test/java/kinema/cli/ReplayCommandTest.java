package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import kinema.Kinema;
import kinema.Video;
import kinema.video.VideoInfo;
import kinema.video.VideoTarget;
import kinema.video.VideoWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kinema replay}: from a video's own words to the same video. */
class ReplayCommandTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {".mp4", ".webm", ".gif"})
    void everyFormatCanBeMadeAgain(String ending) throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video" + ending);
        make(
                model,
                video.toString(),
                "--negative",
                "rain \"鸟\"",
                "--fps",
                "12.5",
                "--scheduler",
                "dpm",
                "--tile",
                "64x64");

        Run run = replay(video, model);

        assertThat(run.code()).as(run.err()).isZero();
        Path again = folder.resolve("video-replay" + ending);
        assertThat(run.out()).isEqualTo(again + System.lineSeparator());
        assertThat(again).hasSameBinaryContentAs(video);
        assertThat(replay(video, model).out())
                .isEqualTo(folder.resolve("video-replay-2" + ending) + System.lineSeparator());
    }

    @Test
    void aVideoOfMatricesInEightBitsIsMadeAgainSo() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString(), "--quant", "int8");

        Run run = replay(video, model);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(folder.resolve("video-replay.gif")).hasSameBinaryContentAs(video);
        assertThat(VideoInfo.probe(video).provenance()).contains("\"quant\":\"int8\"");
        assertThat(replay(video, model, "--quant", "off").lastError()).contains("its quant is \"int8\", here none");
    }

    @Test
    void aVideoWithoutAnEndingNeedsANameForTheNewOne() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.mp4");
        make(model, video.toString());
        Path bare = Files.move(video, folder.resolve("video"));

        Run run = replay(bare, model);

        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains("has no ending that says what to write; name the new video with --out");
        Path again = folder.resolve("again.mp4");
        assertThat(replay(bare, model, "--out", again.toString()).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(bare);
    }

    @Test
    void aFolderOfFramesCanBeMadeAgain() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path frames = folder.resolve("frames");
        make(model, frames + "/");

        Run run = replay(frames, model);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(folder.resolve("frames-replay/0008.png")).hasSameBinaryContentAs(frames.resolve("0008.png"));
    }

    @Test
    void picturesAreGivenAgainAndChecked() throws IOException {
        Path model = Checkpoints.copy("i2v-5b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        Path picture = picture("picture.png", 0x804020);
        Path other = picture("other.png", 0x804021);
        make(model, video.toString(), "--image", picture.toString(), "--fit", "crop");

        Run without = replay(video, model);
        assertThat(without.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(without.lastError())
                .startsWith("kinema: " + video + " was made from pictures (image, digest ")
                .endsWith("), which it does not hold; give them with --pictures");
        Run wrong = replay(video, model, "--pictures", other.toString());
        assertThat(wrong.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(wrong.lastError())
                .startsWith("kinema: " + other + " is not what " + video
                        + " was made from: expected pictures with the digest ");
        Run right = replay(
                video,
                model,
                "--pictures",
                picture.toString(),
                "--out",
                folder.resolve("again.gif").toString());
        assertThat(right.code()).as(right.err()).isZero();
        assertThat(folder.resolve("again.gif")).hasSameBinaryContentAs(video);
    }

    @Test
    void otherWeightsAreRefusedWithBothDigests() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path other = Checkpoints.copy("t2v-5b", folder.resolve("other"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString());

        Run run = replay(video, other);

        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.lastError())
                .isEqualTo("kinema: " + video + " was made with other weights: those of model with the digest "
                        + TerminalText.digest(Kinema.digest(model)) + "; " + other + " has "
                        + TerminalText.digest(Kinema.digest(other))
                        + "; name the right model with --model");
        assertThat(folder.resolve("video-replay.gif")).doesNotExist();
    }

    @Test
    void theLorasMustBeTheSame() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString());
        String provenance = Objects.requireNonNull(VideoInfo.probe(video).provenance());
        Path with = write(
                "with.gif",
                provenance.replace(
                        "\"prompt\"",
                        "\"loras\":[{\"name\":\"a.safetensors\",\"digest\":\"0\",\"scale\":1.0}],\"prompt\""));

        Run run = replay(with, model);

        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(run.lastError())
                .isEqualTo("kinema: " + with + " cannot be made again so: its loras is [{\"name\":\"a.safetensors\","
                        + "\"digest\":\"0\",\"scale\":1.0}], here none; give the same --lora options");
    }

    @Test
    void anotherDeviceOrVersionIsToldOf() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString());
        String provenance = Objects.requireNonNull(VideoInfo.probe(video).provenance());
        Path older = write(
                "older.gif",
                provenance
                        .replace("\"device\":\"cpu\"", "\"device\":\"cuda\"")
                        .replace("\"engine\":\"", "\"engine\":\"0.0.1-"));

        Run run = replay(older, model, "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err().lines())
                .containsExactly(
                        "warning: made by Kinema 0.0.1-" + Kinema.version() + ", this is " + Kinema.version()
                                + ": the last digits may differ",
                        "warning: made on cuda, this is cpu: the last digits may differ");
        assertThat(replay(video, model, "--json").err()).isEmpty();
    }

    /** With what the last version before settings had an object of their own wrote of it. */
    @Test
    void whatVersion1WroteIsMadeAgain() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(
                model,
                video.toString(),
                "--dtype",
                "fp32",
                "--scheduler",
                "dpm",
                "--negative",
                "rain",
                "--guidance",
                "2.5",
                "--compat");
        Path older = write(
                "older.gif",
                "{\"model\":\"model\",\"weightsDigest\":\"" + Kinema.digest(model) + "\",\"device\":\"cpu\","
                        + "\"prompt\":\"a bird\",\"negative\":\"rain\",\"seed\":3,\"scheduler\":\"dpm\",\"steps\":2,"
                        + "\"guidance\":2.5,\"dynamicGuidance\":false,\"width\":96,\"height\":64,\"frames\":9,"
                        + "\"fps\":8.0,\"compat\":true,\"engine\":\"" + Kinema.version() + "\"}");

        Run run = replay(older, model, "--out", folder.resolve("again.gif").toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(folder.resolve("again.gif")).hasSameBinaryContentAs(video);
    }

    @Test
    void filesThatDoNotSayHowTheyWereMadeAreRefused() throws IOException {
        Path absent = folder.resolve("absent.mp4");
        assertRefused(absent, "no such video file or folder of pictures: " + absent);
        Path text = Files.writeString(folder.resolve("text.mp4"), "not a video");
        assertRefused(text, text + " is not a video Kinema can read");
        Path silent = write("silent.gif", null);
        assertRefused(
                silent, silent + " does not say how it was made; only what Kinema wrote, unchanged, can be replayed");
        String how = " does not say how Kinema made it: ";
        Path foreign = write("foreign.gif", "made by hand");
        assertRefused(foreign, foreign + how + "the provenance is not JSON: Unrecognized token 'made'");
        Path other = write("other.gif", "{\"author\": \"me\"}");
        assertRefused(other, other + how + "the provenance lacks 'model'");
        Path list = write("list.gif", "[]");
        assertRefused(list, list + how + "a provenance must be a JSON object, found []");
    }

    @Test
    void picturesAreRefusedWhereThereWereNone() {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString());

        Run run = replay(video, model, "--pictures", "a.png");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.lastError()).isEqualTo("kinema: " + video + " was made from text alone; leave --pictures out");
    }

    @Test
    void settingsThatTheModelDoesNotHaveAreTheFilesFault() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path video = folder.resolve("video.gif");
        make(model, video.toString());
        String said = Objects.requireNonNull(VideoInfo.probe(video).provenance());
        Path other = write("other.gif", said.replace("\"guidance\"", "\"guidanze\""));

        Run run = replay(other, model);

        assertThat(run.lastError())
                .startsWith("kinema: " + other + " cannot be made again: this model has no setting 'guidanze'");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private static void assertRefused(Path file, String message) {
        Run run = Run.kinema("replay", file.toString());

        assertThat(run.lastError()).startsWith("kinema: " + message);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private static void make(Path model, String out, String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "a bird", "--model", model.toString(), "--out", out));
        args.addAll(List.of("--steps", "2", "--threads", "1", "--seed", "3"));
        args.addAll(List.of(more));
        Run run = Run.kinema(args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
    }

    private static Run replay(Path video, Path model, String... more) {
        List<String> args = new ArrayList<>(List.of("replay", video.toString(), "--model", model.toString()));
        args.addAll(List.of("--threads", "1"));
        args.addAll(List.of(more));
        return Run.kinema(args.toArray(String[]::new));
    }

    private Path write(String name, @Nullable String provenance) {
        Path file = folder.resolve(name);
        Video video = new Video(16, 16, 8, List.of(new byte[16 * 16 * 3], new byte[16 * 16 * 3]));
        VideoWriter.write(VideoTarget.parse(file.toString()), video, provenance);
        return file;
    }

    private Path picture(String name, int rgb) throws IOException {
        BufferedImage image = new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 50 * 40; i++) {
            image.setRGB(i % 50, i / 50, rgb);
        }
        Path file = folder.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
