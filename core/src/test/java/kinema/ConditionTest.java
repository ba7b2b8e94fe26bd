package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import kinema.system.Stage;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures in requests: what models take, what they refuse, what is recorded. */
class ConditionTest {
    @TempDir
    static Path text;

    @TempDir
    static Path image;

    @TempDir
    static Path control;

    @TempDir
    static Path later; // CogVideoX 1.5, whose patches span two latent frames

    @BeforeAll
    static void layOut() {
        Golden.model("t2v-5b", text);
        Golden.model("i2v-5b", image);
        Golden.model("control-fun", control);
        Golden.model("t2v-1.5", later);
        Kinema.setThreads(1); // small work
    }

    @Test
    void everyModelNamesWhatItTakes() {
        String made = "this model is for text to video and takes a prompt alone, or a video to change, found ";
        assertRefused(
                text,
                request().condition(PictureCondition.image(grey(1))),
                made + "an image; leave it out, or take a model for image to video");
        assertRefused(
                text,
                request().condition(PictureCondition.control(grey(1))),
                made + "a control video; leave it out, or take a model for control video to video");
        GenerationRequest.Builder whole = GenerationRequest.of("a boat"); // of the one size with learned positions
        assertRefused(image, whole, "this model is for image to video and takes an image, found none; give an image");
        assertRefused(
                image,
                whole.condition(PictureCondition.video(grey(9), 0.5)),
                "this model is for image to video and takes an image, found a video to change; give an image");
        assertRefused(
                control,
                request(),
                "this model is for control video to video and takes a control video, found none; give a control video");
    }

    @Test
    void requestsThatNoModelCouldServeAreRefused() {
        assertThatThrownBy(() -> PictureCondition.image(grey(2))).hasMessage("an image is one picture, found 2");
        for (double strength : new double[] {-0.1, 1.01, Double.NaN}) {
            assertThatThrownBy(() -> PictureCondition.video(grey(1), strength))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("strength must be between 0 and 1, found " + strength);
        }
        assertRefused(
                text,
                request().condition(PictureCondition.video(grey(1), 0.4)),
                "a strength of 0.4 leaves no step of 2; choose more steps or at least 0.5");
        assertRefused(
                text,
                request().frames(9).condition(PictureCondition.video(grey(8), 1)),
                "9 frames are asked for, and the given video has only 8; ask for fewer, or give a longer one");
        assertRefused(
                text,
                request().condition(PictureCondition.video(grey(8), 1)),
                "frames must be 8k+1 for CogVideoX, found 8; take 1 of the given video's");
        assertRefused(
                image,
                GenerationRequest.of("a boat").size(64, 64).condition(PictureCondition.image(grey(1))),
                "this model has learned positions, so it makes videos of 96x64 and at most 9 frames only, found 64x64 and 9");
        assertRefused(
                image,
                GenerationRequest.of("a boat").frames(17).condition(PictureCondition.image(grey(1))),
                "this model has learned positions, so it makes videos of 96x64 and at most 9 frames only, found 96x64 and 17");
    }

    @Test
    void aVideoGivesTheNumberOfFramesUnlessTheRequestDoes() {
        try (VideoModel model = Kinema.open(text)) {
            PictureCondition nine = PictureCondition.video(grey(9), 1);
            assertThat(generate(model, request().condition(nine)).frames()).hasSize(9);
            assertThat(generate(model, request().condition(nine).frames(1)).frames())
                    .hasSize(1);
        }
    }

    @Test
    void theFullStrengthLeavesNothingOfTheVideo() {
        try (VideoModel model = Kinema.open(text)) {
            Video light = generate(model, request().condition(PictureCondition.video(grey(1), 1)));
            Video dark = generate(model, request().condition(PictureCondition.video(of(1, 10), 1)));
            assertThat(light.frames()).containsExactlyElementsOf(dark.frames());
            Video half = generate(model, request().condition(PictureCondition.video(grey(1), 0.5)));
            assertThat(half.frames().get(0))
                    .isNotEqualTo(generate(model, request().condition(PictureCondition.video(of(1, 10), 0.5)))
                            .frames()
                            .get(0));
        }
    }

    @Test
    void anImageModelMakesFewerFramesThanItsTableHas() {
        try (VideoModel model = Kinema.open(image)) {
            GenerationRequest.Builder request =
                    GenerationRequest.of("a boat").seed(3).steps(1).frames(1);
            assertThat(generate(model, request.condition(PictureCondition.image(grey(1))))
                            .frames())
                    .hasSize(1);
        }
    }

    @Test
    void aPaddedModelChangesVideosOfAnyLength() {
        try (VideoModel model = Kinema.open(later)) {
            for (int frames : new int[] {1, 9}) {
                Video changed = generate(model, request().condition(PictureCondition.video(grey(frames), 0.5)));
                assertThat(changed.frames()).hasSize(frames);
            }
        }
    }

    @Test
    void picturesHaveAStageOfTheirOwnAndLeaveNoNativeMemory() {
        List<String> stages = new ArrayList<>();
        GenerationRequest request =
                request().condition(PictureCondition.video(grey(1), 1)).build();
        try (VideoModel model = Kinema.open(text)) {
            model.generate(request, GenerationListener.NONE).close();
            long before = LivePointers.settled();
            model.generate(request, new GenerationListener() {
                        @Override
                        public void stage(Stage stage, int number, int count) {
                            stages.add(stage.name());
                        }
                    })
                    .close();
            assertThat(LivePointers.now()).isEqualTo(before);
        }
        assertThat(stages).containsExactly("text", "encode", "denoise", "decode");
    }

    @Test
    void provenanceTellsThePicturesApartAndNamesTheSettings() throws IOException {
        try (VideoModel model = Kinema.open(text)) {
            PictureCondition cut = PictureCondition.video(grey(1), 0.5).withFit(Fit.CROP);
            JsonNode json = provenance(model, request().tile(16, 16).condition(cut));
            assertThat(json.path("condition").path("type").asText()).isEqualTo("video");
            assertThat(json.path("condition").path("strength").asDouble()).isEqualTo(0.5);
            assertThat(json.path("condition").path("fit").asText()).isEqualTo("crop");
            assertThat(json.path("tile").path("width").asInt()).isEqualTo(16);
            String digest = json.path("condition").path("digest").asText();
            assertThat(digest).hasSize(64);
            JsonNode other = provenance(model, request().condition(PictureCondition.video(of(1, 129), 0.5)));
            assertThat(other.path("condition").path("digest").asText()).isNotEqualTo(digest);
            assertThat(provenance(model, request()).has("condition")).isFalse();
        }
    }

    private static JsonNode provenance(VideoModel model, GenerationRequest.Builder request) throws IOException {
        try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
            return new ObjectMapper().readTree(made.provenance().toJson());
        }
    }

    private static Video generate(VideoModel model, GenerationRequest.Builder request) {
        try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
            return made.video();
        }
    }

    private static GenerationRequest.Builder request() {
        return GenerationRequest.of("a boat").seed(3).steps(2).size(32, 16);
    }

    private static Video grey(int frames) {
        return of(frames, 128);
    }

    private static Video of(int frames, int value) {
        byte[] frame = new byte[3 * 40 * 30];
        Arrays.fill(frame, (byte) value);
        return new Video(40, 30, 8, Collections.nCopies(frames, frame));
    }

    private static void assertRefused(Path folder, GenerationRequest.Builder request, String message) {
        try (VideoModel model = Kinema.open(folder)) {
            assertThatThrownBy(() -> model.generate(request.build(), GenerationListener.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
        }
    }
}
