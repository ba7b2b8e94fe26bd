package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import kinema.system.VideoSize;
import kinema.testing.Golden;
import kinema.testing.TinyCogVideo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of sizes and lengths that a model can make, and was not made for. */
class CautionsTest {
    @TempDir
    private Path folder;

    @Test
    void ofModelsOfOneShape() {
        ModelRules rules = Kinema.rules(Golden.model("t2v-1.5", folder));
        VideoSize own = rules.size();

        assertThat(rules.cautions(of(own, own.frames()))).isEmpty();
        assertThat(rules.cautions(of(own, 33))).as("two seconds").isEmpty();
        assertThat(rules.cautions(of(own, 25))).singleElement().asString().isEqualTo(text(own, "", own, 25));
        assertThat(rules.cautions(of(own, 177)))
                .as("more than ten seconds")
                .singleElement()
                .asString()
                .isEqualTo(text(own, "", own, 177));
        VideoSize upright = new VideoSize(own.height(), own.width(), own.frames(), 8);
        assertThat(rules.cautions(of(upright, 33))).singleElement().asString().isEqualTo(text(own, "", upright, 33));
    }

    @Test
    void ofModelsOfSeveralShapes() {
        ModelRules rules = Kinema.rules(Golden.model("i2v-1.5", folder));
        VideoSize own = rules.size();
        int side = Math.min(own.width(), own.height());
        VideoSize square = new VideoSize(side, side, own.frames(), 8);
        VideoSize small = new VideoSize(side, side - 16, own.frames(), 8);

        assertThat(rules.cautions(of(own, 17))).isEmpty();
        assertThat(rules.cautions(of(square, 17))).isEmpty();
        assertThat(rules.cautions(of(new VideoSize(own.height(), own.width(), 17, 8), 17)))
                .isEmpty();
        assertThat(rules.cautions(of(small, 17)))
                .singleElement()
                .asString()
                .isEqualTo(text(own, " and shapes between that and a square of its shorter side", small, 17));
    }

    @Test
    void ofKeyFramesAndOfFinishedPictures() {
        ModelRules rules = Kinema.rules(Golden.file("show1"));
        VideoSize own = rules.size();
        GenerationRequest.Builder request = GenerationRequest.of("a boat");

        assertThat(rules.cautions(request.build())).isEmpty();
        assertThat(rules.cautions(request.frames(57).build()))
                .containsExactly("this model was made for " + ((own.frames() - 1) / 4 + 1)
                        + " key frames at once: of 15 the pictures may fall apart");
        assertThat(rules.cautions(request.frames(own.frames())
                        .size(2 * own.width(), own.height())
                        .build()))
                .containsExactly("this model was made for videos of " + own.width() + "x" + own.height() + ": of "
                        + 2 * own.width() + "x" + own.height() + " the pictures may fall apart");
        int keyHeight = (int) rules.settings().standard().values().get("key-height");
        int keyWidth = (int) rules.settings().standard().values().get("key-width");
        assertThat(rules.cautions(GenerationRequest.of("a boat")
                        .set("key-width", 2 * keyWidth)
                        .build()))
                .containsExactly("this model was made for key frames of " + keyWidth + "x" + keyHeight + ": of "
                        + 2 * keyWidth + "x" + keyHeight + " the pictures may fall apart");
    }

    /** CogVideo refuses what it was not made for, so there is nothing left to say. */
    @Test
    void ofModelsThatMakeNothingElse() {
        ModelRules rules = Kinema.rules(TinyCogVideo.authors(folder.resolve("model")));
        for (int frames : new int[] {5, 9, 17, 33}) {
            assertThat(rules.cautions(
                            GenerationRequest.of("a boat").frames(frames).build()))
                    .isEmpty();
        }
    }

    private static GenerationRequest of(VideoSize size, int frames) {
        return GenerationRequest.of("a boat")
                .size(size.width(), size.height())
                .frames(frames)
                .build();
    }

    private static String text(VideoSize own, String shapes, VideoSize asked, int frames) {
        return "this model was made for " + own.width() + "x" + own.height() + shapes + " and " + own.frames()
                + " frames, or others of 16k+1 up to 161: of " + asked.width() + "x" + asked.height() + " and "
                + frames + " frames the pictures may fall apart";
    }
}
