package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideo.network.StageNetwork;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.system.PictureSize;
import kinema.system.Sampling;
import kinema.system.VideoSize;
import kinema.testing.TinyCogVideo;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CogVideoFootprintTest {
    @TempDir
    private Path folder;

    /** Numbers are computed in float32 from matrices that stay as they are stored, in float16. */
    @Test
    void storedMatricesAreNotWidened() {
        long count = ShapeTree.of(w -> StageNetwork.of(w, TinyCogVideo.STAGE)).stream()
                .mapToLong(LeafSpec::count)
                .sum();
        try (VideoModel model = Kinema.open(TinyCogVideo.authors(folder))) {
            GenerationRequest request = GenerationRequest.of("狮子").frames(5).build();
            long weights = model.prepare(request).plan().stage("keyframes").weights();
            assertThat(weights).isBetween(2 * count, 3 * count);
        }
    }

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
