package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import kinema.Kinema;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.PictureSize;
import kinema.system.Sampling;
import kinema.system.VideoSize;
import kinema.testing.TinyCogVideo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CogVideoFootprintTest {
    @TempDir
    private Path folder;

    /** Of a video that is gone on with only the frames between which others are made are read. */
    @Test
    void onlyThePicturesThatAreReadAreCounted() {
        Sampling s = new Sampling(
                "狮子",
                1,
                new VideoSize(64, 64, 33, 8),
                Kinema.rules(TinyCogVideo.authors(folder)).settings().complete(Map.of("rounds", 2)),
                Optional.of(new Condition(ConditionType.VIDEO, 1)),
                Optional.empty());

        assertThat(CogVideoRules.given(s)).isEqualTo(new PictureSize(9, 64, 64));
        long picture = 3 * 64 * 64;
        assertThat(CogVideoFootprint.given(s)).isEqualTo(9 * picture + 2 * Float.BYTES * picture);
    }
}
