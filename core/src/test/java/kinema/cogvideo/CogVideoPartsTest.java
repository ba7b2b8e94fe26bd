package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.Video;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.system.OpenOptions;
import kinema.system.VideoSize;
import kinema.system.VideoSystem;
import kinema.tensor.Tensors;
import kinema.testing.SystemContract;
import kinema.testing.TinyCogVideo;
import kinema.weights.ConversionListener;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A CogVideo without the parts of its later stages goes as far as it can, and keeps what every system promises: here one of the
 * authors' first stage alone.
 */
class CogVideoPartsTest extends SystemContract {
    private static final String SECOND = "cogvideo-stage2";
    private static final String LARGE = "cogview2-dsr";
    private static final String PROMPT = "狮子在喝水";

    @TempDir
    static Path models;

    @TempDir
    private Path work;

    @BeforeAll
    static void write() throws IOException {
        torch.set_num_threads(1);
        TinyCogVideo.authors(models.resolve("whole"));
        copy("first", SECOND, LARGE);
        copy("both", LARGE);
        copy("large", SECOND);
    }

    private static void copy(String name, String... without) throws IOException {
        Path whole = models.resolve("whole");
        try (Stream<Path> all = Files.walk(whole)) {
            for (Path file : all.toList()) {
                Path inside = whole.relativize(file);
                if (Arrays.stream(without).noneMatch(inside::startsWith)) {
                    Files.copy(file, models.resolve(name).resolve(inside.toString()));
                }
            }
        }
    }

    @Override
    protected VideoSystem system() {
        return new CogVideo();
    }

    @Override
    protected Path model() {
        return models.resolve("first");
    }

    @Override
    protected GenerationRequest.Builder request() {
        return GenerationRequest.of(PROMPT);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        Map<GenerationRequest, String> refused = new LinkedHashMap<>();
        refused.put(request().frames(6).build(), "frames must be 5, 9, 17 or 33, found 6; nearest: 5");
        refused.put(request().size(64, 64).build(), "this model makes videos of 32x32, found 64x64");
        return refused;
    }

    /** The tokens and the pictures are those of a whole model that is asked for no more. */
    @Override
    protected void holdAgainstTheReference() {
        GenerationRequest.Builder asked =
                request().frames(5).size(32, 32).set("until", "keyframes").seed(3);
        assertSame(made("first", request().seed(3)), made("whole", asked));
    }

    @Test
    void theLastStageIsTheLastWhosePartIsThere() {
        assertThat(CogVideoRules.of(models.resolve("first")).size()).isEqualTo(new VideoSize(32, 32, 5, 1));
        assertThat(CogVideoRules.of(models.resolve("both")).size()).isEqualTo(new VideoSize(32, 32, 33, 8));
        assertThat(CogVideoRules.of(models.resolve("large")).size()).isEqualTo(new VideoSize(64, 64, 5, 1));
        assertThat(until("first")).isEqualTo("keyframes");
        assertThat(until("both")).isEqualTo("interpolate");
        assertThat(until("large")).isEqualTo("upscale");
    }

    @Test
    void bothStagesMakeAllFramesSmall() {
        GenerationRequest.Builder asked = request().frames(9).seed(3);
        Map<String, float[]> made = made("both", asked);
        asked.size(32, 32).set("until", "interpolate");
        assertSame(made, made("whole", asked));
        assertThat(made.get("video")).hasSize(9 * 32 * 32 * 3);
    }

    @Test
    void keyFramesAreMadeLargeWithoutFramesBetweenThem() {
        assertSame(
                made("large", request().seed(3)),
                made("whole", request().frames(5).seed(3)));
    }

    @Test
    void laterStagesAreRefusedByName() {
        String advice = "; unpack the authors' cogvideo-stage2.zip into the folder, or do without that stage";
        String second = "no part 'interpolation', with which stage interpolate makes the frames between 5 key frames";
        String large = "no part 'upscaler', with which stage upscale makes pictures large";
        assertRefused("first", request().frames(9), second + advice);
        assertRefused("first", request().set("until", "interpolate"), second);
        assertRefused("first", request().condition(clip()), second);
        assertRefused("first", request().set("until", "upscale"), large);
        assertRefused("first", request().set("from", "upscale").condition(clip()), large);
        assertRefused("both", request().set("until", "upscale"), large);
        assertRefused("large", request().frames(9), second);
    }

    @Test
    void whatIsThereIsConverted() throws IOException {
        Path own = work.resolve("own");
        new CogVideo().convert(models.resolve("first"), own, ConversionListener.NONE);
        assertThat(new CogVideoFiles(own).parts()).containsExactly(Part.BASE, Part.KEYFRAMES, Part.IMAGE);
        assertThat(new CogVideo().describe(own).networks()).containsOnlyKeys("base", "keyframes", "image");
        try (VideoModel converted = Kinema.open(system(), own, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder asked = request().seed(3);
            assertSame(made(converted, asked), made("first", asked));
            assertThatThrownBy(() ->
                            converted.prepare(request().set("until", "upscale").build()))
                    .hasMessageStartingWith(own.toString())
                    .hasMessageEndingWith("train it by 'kinema train upscaler', or convert a folder that has it, or do"
                            + " without that stage");
        }
    }

    /** A folder that is not there is no model in the making when the index says that it was. */
    @Test
    void partsThatTheIndexNamesMustBeThere() throws IOException {
        Path own = work.resolve("own");
        new CogVideo().convert(models.resolve("first"), own, ConversionListener.NONE);
        Path index = own.resolve(ModelIndex.NAME);
        for (Part part : List.of(Part.INTERPOLATION, Part.UPSCALER_BASE)) {
            Files.writeString(
                    index,
                    Files.readString(index)
                            .replace("\"base\"", "\"" + part.key() + "\" : [\"cogvideo\", \"X\"], \"base\""));
            assertThatThrownBy(() -> Kinema.open(system(), own, OpenOptions.DEFAULT))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(index + ": names the part '" + part.key() + "', which is not there");
            Files.createDirectory(own.resolve(part.key()));
        }
    }

    private static void assertRefused(String name, GenerationRequest.Builder request, String message) {
        try (VideoModel model = Kinema.open(new CogVideo(), models.resolve(name), OpenOptions.DEFAULT)) {
            assertThatThrownBy(() -> model.prepare(request.build()))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(models.resolve(name) + ": this CogVideo has " + message);
        }
    }

    private static Object until(String name) {
        return CogVideoRules.of(models.resolve(name))
                .settings()
                .standard()
                .values()
                .get("until");
    }

    private static Map<String, float[]> made(String name, GenerationRequest.Builder request) {
        try (VideoModel model = Kinema.open(new CogVideo(), models.resolve(name), OpenOptions.DEFAULT)) {
            return made(model, request);
        }
    }

    private static Map<String, float[]> made(VideoModel model, GenerationRequest.Builder request) {
        try (Generation made = model.generate(request.tensors(true).build(), GenerationListener.NONE)) {
            Map<String, float[]> numbers = new LinkedHashMap<>();
            made.tensors().forEach((name, tensor) -> numbers.put(name, Tensors.floats(tensor)));
            return numbers;
        }
    }

    private static void assertSame(Map<String, float[]> made, Map<String, float[]> expected) {
        assertThat(made).containsOnlyKeys(expected.keySet()).containsKeys("key_frames", "video");
        expected.forEach((name, numbers) -> assertThat(made.get(name)).as(name).isEqualTo(numbers));
    }

    private static PictureCondition clip() {
        return PictureCondition.video(new Video(32, 32, 8, Collections.nCopies(5, new byte[32 * 32 * 3])), 1);
    }
}
