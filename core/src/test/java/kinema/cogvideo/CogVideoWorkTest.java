package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.Pictures;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.cogvideo.upscale.DirectUpscaling;
import kinema.cogvideo.upscale.Upscaler;
import kinema.memory.Meter;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.testing.TinyCogVideo;
import kinema.weights.Weights;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plans count is what the code takes. */
class CogVideoWorkTest {
    private static final double MOST = 0.1; // of what is taken
    private static final ClusterSampler.Settings SETTINGS = new ClusterSampler.Settings(1, 1, 1);

    @TempDir
    static Path folder;

    private static CogVideoConfig config;
    private static CogVideoWork work;
    private static Rng rng;

    @BeforeAll
    static void open() {
        TinyCogVideo.authors(folder);
        config = CogVideoConfig.of(new CogVideoFiles(folder));
        work = new CogVideoWork(config, ScalarType.Float);
        rng = new Rng(2);
    }

    @AfterAll
    static void close() {
        rng.close();
    }

    @Test
    void windowsThatAreInterpolatedTogether() {
        int sequences = 8;
        Text text = new Text(
                new long[Math.toIntExact(config.interpolation().orElseThrow().textTokens())], 1.4);
        long taken = taken(w -> StageNetwork.of(w, config.interpolation().orElseThrow()), network -> {
            FrameMaker.Prompts prompts = FrameMaker.Prompts.plain(List.of(text)).times(sequences);
            Decoder.Task task = new Decoder.Task(Stage.INTERPOLATION, 96, false);
            try (FrameMaker maker = new FrameMaker(network.whole(), task, prompts)) {
                maker.give(Tensors.zeros(ScalarType.Long, sequences, 3, 16));
                for (int frame = 3; frame < 5; frame++) {
                    maker.append(maker.make((logits, slot) -> sampler().draw(logits, SETTINGS, rng)));
                }
            }
        });
        assertNear(work.decoding(config.interpolation().orElseThrow(), Stage.INTERPOLATION, sequences), taken);
    }

    @Test
    void keyFrames() {
        Text text = new Text(new long[Math.toIntExact(config.keyframes().textTokens())], 1.4);
        long taken = taken(w -> StageNetwork.of(w, config.keyframes()), network -> {
            FrameMaker.Prompts prompts = new FrameMaker.Prompts(List.of(text), List.of(text), 3);
            Decoder.Task task = new Decoder.Task(Stage.KEYFRAMES, 96, false);
            try (FrameMaker maker = new FrameMaker(network.whole(), task, prompts)) {
                for (int frame = 0; frame < 5; frame++) {
                    maker.append(maker.make((logits, slot) -> sampler().draw(logits, SETTINGS, rng)));
                }
            }
        });
        assertNear(work.decoding(config.keyframes(), Stage.KEYFRAMES, 2), taken);
    }

    @Test
    void aLargePicture() {
        long[] text = new long[Math.toIntExact(config.upscaler().orElseThrow().textTokens() - 1)];
        long taken = taken(w -> Upscaler.of(w, config.upscaler().orElseThrow()), network -> {
            try (DirectUpscaling upscaling = new DirectUpscaling(network, sampler(), DirectUpscaling.settings(1, 1))) {
                upscaling.make(text, Tensors.zeros(ScalarType.Long, 16), 96, rng);
            }
        });
        assertNear(work.upscaling(), taken);
    }

    @Test
    void picturesOfTokensAndTokensOfPictures() {
        long made = taken(w -> new ImageAutoencoder(w, config.image()), network -> {
            var unused = pictures(network).of(Tensors.zeros(ScalarType.Long, 1, 64)); // (1, S, S, 3)
        });
        assertNear(work.picture(), made);
        long read = taken(w -> new ImageAutoencoder(w, config.image()), network -> {
            Tensor picture = Tensors.zeros(ScalarType.Byte, 1, config.small(), config.small(), 3);
            var unused = pictures(network).tokens(picture, config.keyframes().grid()); // (1, N)
        });
        assertNear(work.encoding(), read);
    }

    private static Pictures pictures(ImageAutoencoder network) {
        return new Pictures(network, CogVideoConfig.RATE, false);
    }

    private static ClusterSampler sampler() {
        return new ClusterSampler(Tensors.of(new long[64], 64));
    }

    private static <N> long taken(Function<Weights, N> network, Consumer<N> run) {
        return Meter.peak(
                () -> network.apply(new Weights((key, init, shape) -> Tensors.zeros(ScalarType.Float, shape))), run);
    }

    private static void assertNear(long planned, long taken) {
        assertThat((double) planned).as("planned, taken %s", taken).isCloseTo(taken, Offset.offset(MOST * taken));
    }
}
