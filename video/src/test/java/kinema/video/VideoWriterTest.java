package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frame by frame writing: nothing stands at the target before the end, and nothing at all after a failure. */
class VideoWriterTest {
    private static final VideoSpec SPEC = new VideoSpec(32, 32, 8, null);
    private static final Video CLIP = TestClips.smooth(32, 32, 5, 8);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void nothingIsSeenBeforeTheEnd(String name) {
        VideoTarget target = target(name);
        try (VideoWriter writer = VideoWriter.open(target, SPEC)) {
            CLIP.frames().forEach(writer::add);
            assertThat(target.path()).doesNotExist();
            writer.finish();
            assertThat(target.path()).exists();
        }
        assertThat(folder.toFile().list())
                .containsExactly(target.path().getFileName().toString());
        assertThat(VideoInfo.probe(target.path()).frames()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void closingUnfinishedLeavesNothing(String name) {
        try (VideoWriter writer = VideoWriter.open(target(name), SPEC)) {
            writer.add(CLIP.frames().get(0));
            writer.add(CLIP.frames().get(1));
        }
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void failureKeepsTheEarlierVideo(String name) {
        VideoTarget target = target(name);
        VideoWriter.write(target, CLIP, "{\"run\":1}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> {
                    try (VideoWriter writer = VideoWriter.open(target, SPEC)) {
                        writer.add(CLIP.frames().get(0));
                        writer.add(new byte[100]);
                    }
                })
                .withMessage("frame 1 must have 3072 bytes (32x32 RGB), found 100");

        assertThat(VideoInfo.probe(target.path()).frames()).isEqualTo(5);
        assertThat(VideoInfo.probe(target.path()).provenance()).isEqualTo("{\"run\":1}");
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void newVideoReplacesTheEarlier(String name) {
        VideoTarget target = target(name);
        VideoWriter.write(target, CLIP, "{\"run\":1}");

        VideoWriter.write(target, TestClips.smooth(48, 32, 2, 8), null);

        assertThat(VideoInfo.probe(target.path()).frames()).isEqualTo(2);
        assertThat(VideoInfo.probe(target.path()).provenance()).isNull();
        assertThat(VideoReader.read(target.path()).width()).isEqualTo(48);
    }

    @Test
    void finishedOutputThatCannotBeMovedIsRemoved() throws IOException {
        VideoTarget target = target("clip.mp4");
        assertThatThrownBy(() -> {
                    try (VideoWriter writer = VideoWriter.open(target, SPEC)) {
                        writer.add(CLIP.frames().get(0));
                        Files.createDirectory(target.path());
                        writer.finish();
                    }
                })
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith("cannot move the finished output to " + target.path());
        assertThat(folder.toFile().list()).containsExactly("clip.mp4");
        assertThat(target.path()).isEmptyDirectory();
    }

    @Test
    void noFrames() {
        try (VideoWriter writer = VideoWriter.open(target("clip.mp4"), SPEC)) {
            assertThatIllegalStateException()
                    .isThrownBy(writer::finish)
                    .withMessageStartingWith("a video needs at least one frame, found none for ");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void nothingAfterTheEnd() {
        VideoWriter writer = VideoWriter.open(target("clip.mp4"), SPEC);
        writer.add(CLIP.frames().get(0));
        writer.finish();
        writer.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> writer.add(CLIP.frames().get(0)))
                .withMessageEndingWith("clip.mp4 is already finished or closed");
        assertThatIllegalStateException().isThrownBy(writer::finish);
    }

    @Test
    void newFileIsReadableAsAnyOther() throws IOException {
        Path other = Files.createFile(folder.resolve("other"));
        VideoTarget target = target("clip.mp4");

        VideoWriter.write(target, CLIP, null);

        assertThat(Files.getPosixFilePermissions(target.path())).isEqualTo(Files.getPosixFilePermissions(other));
    }

    private VideoTarget target(String name) {
        return VideoTarget.parse(folder + "/" + name);
    }
}
