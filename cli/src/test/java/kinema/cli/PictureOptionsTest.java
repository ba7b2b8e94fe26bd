package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import kinema.video.Picture;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code kinema generate} with pictures: images, videos to change, control videos. */
class PictureOptionsTest {
    @TempDir
    private Path folder;

    @Test
    void anImageBecomesAVideo() throws IOException {
        Path image = picture("start.png", 50, 40);

        Run run = generate("i2v-5b", "--image", image.toString(), "--fit", "crop", "--steps", "1");

        assertThat(run.code()).as(run.err()).isZero();
        VideoInfo info = VideoInfo.probe(folder.resolve("out.mp4"));
        assertThat(info.frames()).isEqualTo(9);
        JsonNode condition = new ObjectMapper().readTree(info.provenance()).path("condition");
        assertThat(condition.path("type").asText()).isEqualTo("image");
        assertThat(condition.path("fit").asText()).isEqualTo("crop");
        assertThat(run.err()).contains("encode ");
    }

    @Test
    void aFolderOfPicturesIsChangedAndCutToTheFramesAskedFor() {
        Run run = generate("t2v-5b", "--video", pictures(12), "--frames", "9", "--strength", "0.5", "--steps", "2");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(VideoInfo.probe(folder.resolve("out.mp4")).frames()).isEqualTo(9);
    }

    @Test
    void aVideoFileIsFollowed() {
        Path out = folder.resolve("control.mp4");
        Run made = Run.kinema(
                "generate",
                "a",
                "--model",
                model("t2v-5b"),
                "--steps",
                "1",
                "--out",
                out.toString(),
                "--size",
                "64x32");
        assertThat(made.code()).as(made.err()).isZero();

        Run run = generate("control-fun", "--control", out.toString(), "--steps", "1");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(VideoInfo.probe(folder.resolve("out.mp4")).frames()).isEqualTo(9);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments(
                        "--image a.png --video b.mp4",
                        "give one of --image, --video and --control, found --image and" + " --video"),
                arguments(
                        "--video a --control b",
                        "give one of --image, --video and --control, found --video and" + " --control"),
                arguments("--strength 0.5", "--strength says how much of --video is made anew; give that too"),
                arguments(
                        "--image a.png --strength 0.5",
                        "--strength says how much of --video is made anew; give that too"),
                arguments("--video a --strength 1.5", "--strength must be between 0 and 1, found 1.5"),
                arguments("--video a --strength -0.1", "--strength must be between 0 and 1, found -0.1"),
                arguments("--video a --strength NaN", "--strength must be between 0 and 1, found NaN"),
                arguments(
                        "--fit crop",
                        "--fit says how --image, --video or --control is brought to the video's shape; give one of"
                                + " them"),
                arguments(
                        "--fit zoom --image a.png",
                        "invalid value for option '--fit': unknown fit 'zoom'; known: stretch, crop, pad; see 'kinema"
                                + " generate --help'"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void optionsThatDoNotGoTogetherAreNamed(String options, String message) {
        List<String> args = new ArrayList<>(List.of("generate", "a"));
        args.addAll(List.of(options.split(" ")));

        Run run = Run.kinema(args.toArray(String[]::new));

        assertThat(run.err()).isEqualTo("kinema: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void filesThatCannotBeReadAreNamed() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Path absent = folder.resolve("absent.png");
        assertUnreadable("--image", absent, "no such picture: " + absent);
        assertUnreadable("--image", text, text + " is not a picture; expected PNG or JPEG");
        assertUnreadable("--video", absent, "no such video file or folder of pictures: " + absent);
        assertUnreadable("--video", text, text + " is a picture; expected a video, or a folder of pictures");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertUnreadable("--control", empty, empty + " holds no pictures; expected .png, .jpg or .jpeg files");
    }

    @Test
    void aVideoWithTooFewFramesIsRefused() {
        String video = pictures(3);

        Run run = generate("t2v-5b", "--video", video, "--frames", "9");

        assertThat(run.lastError())
                .isEqualTo("kinema: 9 frames are asked for, and " + video
                        + " has only 3; ask for fewer, or give a longer one");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void whatTheModelDoesNotTakeIsRefused() {
        Run image = generate("t2v-5b", "--image", picture("a.png", 8, 8).toString());
        assertThat(image.err())
                .isEqualTo(
                        "kinema: this model is for text to video and takes a prompt alone, or a video to change, found"
                                + " an image; leave it out, or take a model for image to video"
                                + System.lineSeparator());
        assertThat(image.code()).isEqualTo(ExitCode.USAGE.number());
        Run none = generate("i2v-5b");
        assertThat(none.err())
                .isEqualTo("kinema: this model is for image to video and takes an image, found none; give an image with"
                        + " --image" + System.lineSeparator());
        assertThat(none.code()).isEqualTo(ExitCode.USAGE.number());
    }

    private void assertUnreadable(String option, Path file, String message) {
        Run run = Run.kinema("generate", "a", option, file.toString());

        assertThat(run.err()).startsWith("kinema: " + message);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private Run generate(String golden, String... options) {
        List<String> args = new ArrayList<>(List.of("generate", "a", "--model", model(golden), "--seed", "1"));
        args.addAll(List.of("--out", folder.resolve("out.mp4").toString()));
        args.addAll(List.of(options));
        return Run.kinema(args.toArray(String[]::new));
    }

    private String model(String golden) {
        return Checkpoints.copy(golden, folder.resolve(golden)).toString();
    }

    private String pictures(int count) {
        for (int i = 0; i < count; i++) {
            picture("frames/" + (10 + i) + ".png", 20, 10);
        }
        return folder.resolve("frames").toString();
    }

    private Path picture(String name, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        Arrays.fill(rgb, (byte) 90);
        Path file = folder.resolve(name);
        file.getParent().toFile().mkdirs();
        new Picture(width, height, rgb).writePng(file);
        return file;
    }
}
