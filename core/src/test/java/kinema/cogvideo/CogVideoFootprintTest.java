package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
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
import kinema.system.OpenOptions;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.testing.RandomWeights;
import kinema.testing.TinyCogVideo;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plans count is no less than what the code takes, and not many times as much. */
class CogVideoFootprintTest {
    private static final double MOST = 4; // times what is taken

    @TempDir
    static Path folder;

    private static CogVideoConfig config;
    private static CogVideoFootprint footprint;
    private static CogVideoNetworks networks;

    @BeforeAll
    static void open() {
        TinyCogVideo.authors(folder);
        config = CogVideoConfig.of(new CogVideoFiles(folder));
        networks = new CogVideoNetworks(folder, config, OpenOptions.DEFAULT);
        footprint = new CogVideoFootprint(config, networks, ScalarType.Float);
    }

    @AfterAll
    static void close() {
        networks.close();
    }

    @Test
    void windowsThatAreInterpolatedTogether() {
        long sequences = 8;
        long[] ids = IntStream.range(0, 24).mapToLong(i -> 70 + i % 9).toArray();
        Text text = new Text(ids, 1.4);
        try (RandomWeights random = new RandomWeights(1);
                Rng rng = new Rng(2)) {
            StageNetwork network = StageNetwork.of(new Weights(random), config.interpolation());
            long taken = Meter.peak(() -> given(sequences), tokens -> {
                FrameMaker.Prompts prompts =
                        FrameMaker.Prompts.plain(List.of(text)).times((int) sequences);
                ClusterSampler sampler = new ClusterSampler(Tensors.of(new long[64], 64));
                ClusterSampler.Settings settings = new ClusterSampler.Settings(1, 1, 1);
                Decoder.Task task = new Decoder.Task(Stage.INTERPOLATION, 96, false);
                try (FrameMaker maker = new FrameMaker(network.whole(), task, prompts)) {
                    maker.give(tokens);
                    Tensor made = maker.make((logits, slot) -> sampler.draw(logits, settings, rng));
                    maker.append(made);
                }
            });
            assertEnough(footprint.decoding(config.interpolation(), sequences), taken);
        }
    }

    @Test
    void aLargePicture() {
        try (RandomWeights random = new RandomWeights(1);
                Rng rng = new Rng(2)) {
            Upscaler upscaler = Upscaler.of(new Weights(random), config.upscaler());
            long taken = Meter.peak(() -> Tensors.of(new long[16], 16), small -> {
                ClusterSampler sampler = new ClusterSampler(Tensors.of(new long[64], 64));
                try (DirectUpscaling upscaling = new DirectUpscaling(upscaler, sampler, DirectUpscaling.published(1))) {
                    upscaling.make(new long[] {70, 71}, small, 96, rng);
                }
            });
            assertEnough(footprint.upscaling(config.upscaler()), taken);
        }
    }

    @Test
    void onePicture() {
        try (RandomWeights random = new RandomWeights(1)) {
            ImageAutoencoder autoencoder = new ImageAutoencoder(new Weights(random), config.image());
            long taken = Meter.peak(
                    () -> Tensors.of(new long[64], 1, 64),
                    ids -> new Pictures(autoencoder, CogVideoConfig.RATE, false).of(ids));
            assertEnough(footprint.picture(config.large()), taken);
        }
    }

    private static Tensor given(long sequences) {
        return Tensors.of(new long[Math.toIntExact(sequences * 3 * 16)], sequences, 3, 16);
    }

    private static void assertEnough(long planned, long taken) {
        assertThat(planned).as("planned, taken %s", taken).isBetween(taken, (long) (MOST * taken));
    }
}
