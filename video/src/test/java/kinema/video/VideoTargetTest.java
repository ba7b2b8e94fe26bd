package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The name of an output decides its format, and what cannot work is refused before any work. */
class VideoTargetTest {
    private static final VideoSpec SMALL = new VideoSpec(64, 48, 8, null);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"a.mp4, MP4", "b.c.WebM, WEBM", "x/y.GIF, GIF", "frames/, FRAMES", "a.mp4/, FRAMES"})
    void endingChoosesTheFormat(String name, VideoFormat format) {
        assertThat(VideoTarget.parse(name).format()).isEqualTo(format);
    }

    @Test
    void existingFolderTakesFrames() {
        assertThat(VideoTarget.parse(folder.toString()).format()).isEqualTo(VideoFormat.FRAMES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.avi", "clip", "clip.mp4.bak", "mp4"})
    void unknownEndingNamesTheKnown(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VideoTarget.parse(name))
                .withMessage("unknown kind of output '" + name
                        + "'; known endings: .mp4, .webm, .gif, / (a folder of PNG frames)");
    }

    @Test
    void emptyName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VideoTarget.parse(" "))
                .withMessageStartingWith("the output's name is empty; known endings: .mp4");
    }

    @ParameterizedTest
    @CsvSource({"clip.mp4, 65, 48, 66x48", "clip.webm, 64, 47, 64x48", "clip.mp4, 33, 31, 34x32"})
    void oddSizesNameTheNearest(String name, int width, int height, String nearest) {
        assertRefused(name, new VideoSpec(width, height, 8, null))
                .withMessageContaining("needs an even width and height, found " + width + "x" + height)
                .withMessageContaining("nearest: " + nearest);
    }

    @Test
    void oddSizesFitGifAndFrames() {
        VideoSpec odd = new VideoSpec(33, 31, 8, null);
        assertThatCode(() -> target("clip.gif").check(odd)).doesNotThrowAnyException();
        assertThatCode(() -> target("frames/").check(odd)).doesNotThrowAnyException();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void tooSmallForH264() {
        assertRefused("clip.mp4", new VideoSpec(64, 14, 8, null))
                .withMessage(
                        ".mp4 needs at least 16x16 pixels, found 64x14; write .webm, .gif or a folder of PNG frames");
    }

    @Test
    void tooLargeForH264() {
        for (int[] size : new int[][] {{4096, 2304}, {2304, 4096}, {32768, 288}}) {
            VideoSpec most = new VideoSpec(size[0], size[1], 8, null);
            assertThatCode(() -> target("clip.mp4").check(most)).doesNotThrowAnyException();
            VideoSpec more = new VideoSpec(size[0] + 2, size[1], 8, null);
            assertRefused("clip.mp4", more)
                    .withMessage(".mp4 holds pictures of up to 4096x2304 pixels, or as many in another shape, found "
                            + more.width() + "x" + more.height() + "; choose a smaller size or write .webm, .gif or a"
                            + " folder of PNG frames");
            assertThatCode(() -> target("clip.webm").check(more)).doesNotThrowAnyException();
        }
    }

    @Test
    void tooFastForGif() {
        assertRefused("clip.gif", new VideoSpec(64, 48, 60, null))
                .withMessageStartingWith("a GIF plays at most 50 frames per second, found 60.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing/clip.mp4", "missing/frames/"})
    void missingFoldersAreMadeWhenTheVideoIsWritten(String name) {
        VideoTarget target = target(name);

        target.check(SMALL);

        assertThat(folder.resolve("missing")).as("the check leaves nothing").doesNotExist();
        VideoWriter.write(target, TestClips.smooth(32, 32, 2, 8), null);
        assertThat(VideoInfo.probe(target.path()).frames()).isEqualTo(2);
    }

    @Test
    void aFileAboveTheOutputIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("notes"), "x");
        assertRefused("notes/deeper/clip.mp4", SMALL)
                .withMessageEndingWith("clip.mp4: " + file + " is no folder; choose another place");
    }

    @Test
    void fileWhereAFolderShouldBe() throws IOException {
        Files.writeString(folder.resolve("notes"), "x");
        assertRefused("notes/", SMALL).withMessageEndingWith("it is a file, not a folder");
    }

    @Test
    void folderUnderTheFileName() throws IOException {
        Files.createDirectory(folder.resolve("clip.mp4"));
        assertRefused("clip.mp4", SMALL)
                .withMessageEndingWith("clip.mp4: it is a folder; end the name with / for PNG frames in it, or choose"
                        + " another output");
        assertThat(target("clip.mp4/").format()).isEqualTo(VideoFormat.FRAMES);
    }

    @Test
    void folderWithOtherFilesIsLeftAlone() throws IOException {
        Path holiday = Files.createDirectory(folder.resolve("photos")).resolve("holiday.png");
        Files.writeString(holiday, "x");
        assertRefused("photos", SMALL)
                .withMessageContaining("already holds holiday.png, which is not a frame; choose a new or empty folder");
        assertThat(holiday).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 48, 8, video size must be positive",
        "64, -1, 8, video size must be positive",
        "64, 48, 0, frames per second must be positive",
        "64, 48, NaN, frames per second must be positive",
        "64, 48, Infinity, frames per second must be positive"
    })
    void impossibleSpecification(int width, int height, double fps, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VideoSpec(width, height, fps, null))
                .withMessageStartingWith(message);
    }

    @Test
    void missingEncoderIsAnError() {
        Encoding encoding = new Encoding(
                "mp4", "libx264", Encoding.of(VideoFormat.MP4, SMALL).pixelFormat(), Map.of(), Map.of());
        assertThatThrownBy(() -> new ContainerStream(folder.resolve("clip.mp4"), encoding, SMALL))
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith("this build of FFmpeg has no encoder 'libx264', which mp4 needs");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void misspeltEncoderOptionIsAnError() {
        Encoding good = Encoding.of(VideoFormat.MP4, SMALL);
        Encoding bad = new Encoding("mp4", good.encoder(), good.pixelFormat(), Map.of("bitrat", "1"), Map.of());
        assertThatThrownBy(() -> new ContainerStream(folder.resolve("clip.mp4"), bad, SMALL))
                .isInstanceOf(VideoFileException.class)
                .hasMessageContaining("libopenh264 lacks an option");
    }

    private VideoTarget target(String name) {
        return VideoTarget.parse(folder + "/" + name);
    }

    private ThrowableAssertAlternative<IllegalArgumentException> assertRefused(String name, VideoSpec spec) {
        VideoTarget target = target(name);
        return assertThatIllegalArgumentException().isThrownBy(() -> target.check(spec));
    }
}
