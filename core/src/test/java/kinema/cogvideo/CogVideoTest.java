package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.Video;
import kinema.VideoModel;
import kinema.cogvideo.image.Pictures;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import kinema.testing.SystemContract;
import kinema.testing.TinyCogVideo;
import kinema.weights.ConversionListener;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CogVideo keeps what every system promises; {@link HierarchyParityTest} holds its tokens against the authors'. */
class CogVideoTest extends SystemContract {
    private static final int PICTURE = 64 * 64 * 3;

    @TempDir
    static Path folder;

    @BeforeAll
    static void write() {
        torch.set_num_threads(1);
        TinyCogVideo.authors(folder);
    }

    @Override
    protected VideoSystem system() {
        return new CogVideo();
    }

    @Override
    protected Path model() {
        return folder;
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of("狮子在喝水").frames(9);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        Map<GenerationRequest, String> refused = new LinkedHashMap<>();
        refused.put(request().steps(50).build(), "this model has no setting 'steps'");
        refused.put(request().negative("rain").build(), "this model has no setting 'negative'");
        refused.put(request().frames(6).build(), "frames must be 5, 9, 17 or 33, found 6; nearest: 5");
        refused.put(request().frames(49).build(), "frames must be 5, 9, 17 or 33, found 49; nearest: 33");
        refused.put(request().size(64, 32).build(), "this model makes videos of 64x64, found 64x32");
        refused.put(request().size(32, 32).build(), "this model makes videos of 64x64, found 32x32");
        refused.put(request().tile(32, 32).build(), "this model decodes pictures whole");
        refused.put(request().set("key-rate", 3).build(), "key-rate must be 0.25, 0.5, 1, 2 or 4, found 3");
        refused.put(request().set("top-clusters", 21).build(), "top-clusters must be at most 20");
        refused.put(request().set("until", "keyframes").build(), "until keyframes makes 5 frames, found 9");
        refused.put(request().set("from", "upscale").build(), "stage upscale starts from a video; give one");
        refused.put(
                request().condition(clip(3)).build(),
                "9 frames are asked for, which are made of 5, and the given video has only 3");
        refused.put(
                request().frames(5).condition(clip(5)).build(),
                "rounds must be at most 0 for 5 frames, which are five doubled so often, found 1");
        refused.put(
                request().frames(5).set("until", "keyframes").condition(clip(5)).build(),
                "stage interpolate, with which the run starts, comes after keyframes");
        refused.put(
                request().set("from", "keyframes").condition(clip(9)).build(),
                "stage keyframes takes an image, the first frame, found a video");
        refused.put(request().set("temperature", 0).build(), "temperature must be between 0.01 and 100, found 0");
        return refused;
    }

    /** What the runs' own tensors say: every frame keeps what earlier stages made of it. */
    @Override
    protected void holdAgainstTheReference() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT);
                Generation made = model.generate(request().seed(3).tensors(true).build(), GenerationListener.NONE)) {
            Tensor keys = made.tensors().get("key_frames");
            Tensor frames = made.tensors().get("frames");
            for (int i = 0; i < 5; i++) {
                assertThat(keys.select(0, i).equal(frames.select(0, 2 * i))).isTrue();
            }
            assertThat(made.tensors().get("out").shape()).containsExactly(9, 64);
            assertThat(made.tensors().get("video").shape()).containsExactly(9, 64, 64, 3);
        }
    }

    @Test
    void aGivenPictureIsTheFirstFrame() {
        Video picture = new Video(64, 64, 1, List.of(grey()));
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder request =
                    request().frames(5).seed(3).tensors(true).condition(PictureCondition.image(picture));
            try (Generation first = model.generate(request.build(), GenerationListener.NONE);
                    Generation second = model.generate(request.seed(4).build(), GenerationListener.NONE)) {
                Tensor one = first.tensors().get("key_frames");
                Tensor other = second.tensors().get("key_frames");
                assertThat(one.select(0, 0).equal(other.select(0, 0))).isTrue();
                assertThat(one.select(0, 1).equal(other.select(0, 1))).isFalse();
            }
        }
    }

    @Test
    void framesAreMadeBetweenThoseOfAVideo() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder request = request().seed(3).tensors(true).condition(clip(5));
            try (Generation first = model.generate(request.build(), GenerationListener.NONE);
                    Generation second = model.generate(request.seed(4).build(), GenerationListener.NONE)) {
                Tensor one = first.tensors().get("frames"); // (9, N)
                Tensor other = second.tensors().get("frames");
                assertThat(one.shape()).containsExactly(9, 16);
                assertThat(first.tensors()).doesNotContainKey("key_frames");
                for (int i = 0; i < 9; i++) {
                    assertThat(one.select(0, i).equal(other.select(0, i)))
                            .as("frame %s", i)
                            .isEqualTo(i % 2 == 0);
                }
                assertThat(one.select(0, 0).equal(one.select(0, 2))).isFalse();
            }
        }
    }

    @Test
    void aVideoIsMadeLarge() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder request = request()
                    .frames(5)
                    .seed(3)
                    .tensors(true)
                    .set("from", "upscale")
                    .condition(clip(5));
            try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
                assertThat(made.tensors()).doesNotContainKeys("key_frames", "frames");
                assertThat(made.tensors().get("out").shape()).containsExactly(5, 64);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 1, 9", "5, 3, 33", "8, 1, 9", "9, 2, 33", "17, 1, 33", "40, 1, 33", "3, 1, 9"})
    void aVideoSaysHowManyFramesAreMade(int given, int rounds, int frames) {
        CogVideoRules rules = CogVideoRules.of(folder);
        assertThat(rules.frames(given, rules.settings().complete(Map.of("rounds", rounds))))
                .isEqualTo(frames);
    }

    /** A video whose frames become darker. */
    private static PictureCondition clip(int frames) {
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            byte[] frame = new byte[64 * 64 * 3];
            Arrays.fill(frame, (byte) (240 - 40 * i));
            all.add(frame);
        }
        return PictureCondition.video(new Video(64, 64, 8, all), 1);
    }

    @Test
    void smallPicturesAreShownAtBothSizes() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder request =
                    request().seed(3).frames(5).set("until", "keyframes").tensors(true);
            try (Generation large = model.generate(request.build(), GenerationListener.NONE);
                    Generation small = model.generate(request.size(32, 32).build(), GenerationListener.NONE)) {
                Tensor video = small.tensors().get("video"); // (5, 32, 32, 3)
                assertThat(video.shape()).containsExactly(5, 32, 32, 3);
                assertThat(Pictures.enlarged(video, 2).equal(large.tensors().get("video")))
                        .isTrue();
                assertThat(large.tensors()).doesNotContainKeys("out");
            }
        }
    }

    @Test
    void settingsChangeWhatTheySay() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder plain = request().seed(3).tensors(true);
            float[] keys = tensor(model, plain, "key_frames");
            float[] frames = tensor(model, plain, "frames");
            for (String setting : List.of(
                    "temperature",
                    "first-frame.temperature",
                    "text-bias",
                    "guidance",
                    "first-frame.guidance",
                    "key-rate",
                    "top-clusters")) {
                float[] other = tensor(model, request().seed(3).tensors(true).set(setting, 2), "key_frames");
                assertThat(Arrays.equals(other, keys)).as(setting).isFalse();
            }
            GenerationRequest.Builder later = request().seed(3).tensors(true).set("interpolate.guidance", 2);
            assertThat(tensor(model, later, "key_frames")).isEqualTo(keys);
            assertThat(tensor(model, later, "frames")).isNotEqualTo(frames);
            GenerationRequest.Builder large = request().seed(3).tensors(true).set("upscale.temperature", 0.01);
            assertThat(tensor(model, large, "frames")).isEqualTo(frames);
            assertThat(tensor(model, large, "out")).isNotEqualTo(tensor(model, plain, "out"));
            GenerationRequest.Builder compat = request().seed(3).tensors(true).set("compat", true);
            assertThat(tensor(model, compat, "key_frames")).isEqualTo(keys);
            float[] video = tensor(model, compat, "video");
            for (int frame = 0; frame < 9; frame++) {
                float[] picture = Arrays.copyOfRange(video, frame * PICTURE, (frame + 1) * PICTURE);
                Arrays.sort(picture);
                assertThat(picture[0]).isZero();
                assertThat(picture[PICTURE - 1]).isCloseTo(1f, within(1e-6f));
            }
        }
    }

    @Test
    void listenersHearOfEveryTokenAndSeeEveryFrame() {
        List<Integer> tokens = new ArrayList<>();
        List<Integer> shown = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            GenerationListener listener = new GenerationListener() {
                @Override
                public void tokens(int done, int total) {
                    assertThat(done).isBetween(1, total);
                    tokens.add(done);
                }

                @Override
                public boolean wantsPreviews() {
                    return true;
                }

                @Override
                public void preview(int done, Video preview) {
                    shown.add(preview.frames().size());
                }

                @Override
                public void note(String words) {
                    notes.add(words);
                }
            };
            model.generate(GenerationRequest.of("a lion").frames(9).seed(3).build(), listener)
                    .close();
        }
        assertThat(tokens).hasSize(5 * 16 + 2 * 16).contains(80, 64);
        assertThat(shown).containsExactly(1, 2, 3, 4, 5, 7, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(notes).singleElement().asString().contains("no Chinese character");
    }

    @Test
    void twentyGenerationsLeaveNothingBehind() {
        try (VideoModel model = Kinema.open(system(), folder, OpenOptions.DEFAULT)) {
            model.generate(request().seed(1).frames(5).build(), GenerationListener.NONE)
                    .close();
            long before = LivePointers.settled();
            for (int i = 0; i < 20; i++) {
                model.generate(request().seed(i).frames(5).build(), GenerationListener.NONE)
                        .close();
            }
            assertThat(LivePointers.settled()).isEqualTo(before);
        }
    }

    /** Of the authors' files and of the folder they are converted to every number is the same. */
    @Test
    void aConvertedFolderMakesTheSameVideo(@TempDir Path work) throws IOException {
        new CogVideo().convert(folder, work.resolve("own"), ConversionListener.NONE);
        GenerationRequest.Builder request = request().seed(3).tensors(true);
        try (VideoModel authors = Kinema.open(system(), folder, OpenOptions.DEFAULT);
                VideoModel own = Kinema.open(system(), work.resolve("own"), OpenOptions.DEFAULT)) {
            for (String name : List.of("frames", "out")) {
                assertThat(tensor(own, request, name)).isEqualTo(tensor(authors, request, name));
            }
        }
    }

    private static float[] tensor(VideoModel model, GenerationRequest.Builder request, String name) {
        try (Generation made = model.generate(request.build(), GenerationListener.NONE)) {
            return Tensors.floats(made.tensors().get(name));
        }
    }

    private static byte[] grey() {
        byte[] rgb = new byte[PICTURE];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 37 % 256);
        }
        return rgb;
    }
}
