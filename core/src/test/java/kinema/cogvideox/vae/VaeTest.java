package kinema.cogvideox.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.cogvideox.vae.Vae.Chunk;
import kinema.nn.Posterior;
import kinema.system.NotFiniteException;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VaeTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @CsvSource({
        "t2v-2b, latents_step3",
        "t2v-2b-size, latents_step4",
        "t2v-5b-size, latents_step7",
        "t2v-5b-nocfg, latents_step3"
    })
    void decodesAsTheReference(String name, String latents) {
        withVae(name, vae -> {
            try (Safetensors expected = Safetensors.open(Golden.folder(name).resolve("expected.safetensors"))) {
                return Scopes.run(() -> {
                    Tensor z = expected.tensor(latents)
                            .permute(0, 2, 1, 3, 4)
                            .div(new Scalar(vae.config().scalingFactor())); // (1, Z, F, h, w)
                    Tensor video = vae.decode(z)
                            .select(0, 0)
                            .permute(1, 2, 3, 0)
                            .mul(new Scalar(0.5))
                            .add(new Scalar(0.5))
                            .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
                    Golden.Difference d = Golden.videoDifference(video, expected);
                    assertThat(d.max()).as("decode of %s: %s", name, d).isLessThan(TOLERANCE);
                    return null;
                });
            }
        });
    }

    @Test
    void numbersThatStopBeingFiniteNameChunkAndLayer() {
        withVae("t2v-2b", vae -> {
            try (Tensor latents =
                    Tensors.zeros(ScalarType.Float, 1, vae.config().latentChannels(), 6, 4, 4)) {
                Scopes.run(() -> latents.narrow(2, 4, 2).fill_(new Scalar(3e38))); // the last of three chunks
                List<Long> decoded = new ArrayList<>();
                assertThatThrownBy(() -> vae.decode(latents, chunk -> decoded.add(chunk.size(2))))
                        .isInstanceOf(NotFiniteException.class)
                        .hasMessage("decoded frames are not finite in chunk 3 of 3: the first such number is in"
                                + " decoder.conv_in; the weights may be damaged, or the dtype too narrow (fp32 is"
                                + " not)");
                assertThat(decoded).hasSize(2);
                assertThatThrownBy(() -> vae.decode(latents)).hasMessageStartingWith("decoded frames are not finite");
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"t2v-2b", "t2v-2b-size", "t2v-5b-nocfg"})
    void encodesAsTheReference(String name) {
        withVae(name, vae -> {
            try (Safetensors inputs = Safetensors.open(Golden.folder(name).resolve("inputs.safetensors"));
                    Safetensors moments = Safetensors.open(Golden.folder(name).resolve("vae.safetensors"))) {
                return Scopes.run(() -> {
                    Tensor video = inputs.tensor("video")
                            .permute(3, 0, 1, 2)
                            .unsqueeze(0)
                            .mul(new Scalar(2.0))
                            .sub(new Scalar(1.0)); // (1, 3, T, H, W)
                    Posterior posterior = vae.encode(video);
                    Golden.Difference mean = Golden.difference(posterior.mean(), moments.tensor("mean"));
                    Golden.Difference variance = Golden.difference(posterior.logVariance(), moments.tensor("logvar"));
                    assertThat(mean.worst()).as("mean of %s: %s", name, mean).isLessThan(TOLERANCE);
                    assertThat(variance.worst())
                            .as("log-variance of %s: %s", name, variance)
                            .isLessThan(TOLERANCE);
                    return null;
                });
            }
        });
    }

    @Test
    void theFirstChunkTakesTheRemainder() {
        assertThat(Vae.chunks(1, 8)).containsExactly(new Chunk(0, 1));
        assertThat(Vae.chunks(9, 8)).containsExactly(new Chunk(0, 9));
        assertThat(Vae.chunks(17, 8)).containsExactly(new Chunk(0, 9), new Chunk(9, 8));
        assertThat(Vae.chunks(5, 2)).containsExactly(new Chunk(0, 3), new Chunk(3, 2));
        assertThat(Vae.chunks(13, 2)).extracting(Chunk::length).containsExactly(3L, 2L, 2L, 2L, 2L, 2L);
        for (long frames = 1; frames < 60; frames++) {
            assertThat(Vae.chunks(frames, 8).stream().mapToLong(Chunk::length).sum())
                    .isEqualTo(frames);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "4,1,1", "5,2,8", "8,2,8", "9,3,9", "12,3,9", "16,4,16", "17,5,17", "24,6,24", "25,7,25"})
    void framesBecomeLatentsAndFramesAgain(long frames, long latentFrames, long back) {
        withNew(vae -> Scopes.run(() -> {
            Tensor z = vae.encode(Tensors.zeros(ScalarType.Float, 1, 3, frames, 8, 16))
                    .mean();
            assertThat(z.shape()).containsExactly(1, 4, latentFrames, 1, 2);
            assertThat(vae.decode(z).shape()).containsExactly(1, 3, back, 8, 16);
            return null;
        }));
    }

    @Test
    void aBatchIsItsClipsOneByOne() {
        withNew(vae -> Scopes.run(() -> {
            try (Rng rng = new Rng(4)) {
                Tensor z = rng.randn(2, 4, 3, 2, 2);
                Tensor both = vae.decode(z);
                for (long i = 0; i < 2; i++) {
                    Golden.Difference d = Golden.difference(vae.decode(z.narrow(0, i, 1)), both.narrow(0, i, 1));
                    assertThat(d.max()).as("clip %d: %s", i, d).isLessThan(1e-5);
                }
            }
            return null;
        }));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10_000, 60_000, 250_000, Long.MAX_VALUE})
    void slabsOfAnySizeGiveWhatTrainingGives(long bytes) {
        VaeConfig config = VaeConfig.tiny();
        for (long frames : new long[] {1, 8, 9, 12, 17, 25}) {
            try (Rng rng = new Rng(frames);
                    Parameters parameters = Parameters.init(w -> new Vae(w, config), rng)) {
                Vae vae = new Vae(new Weights(parameters), config, bytes);
                Scopes.run(() -> {
                    Tensor video = rng.randn(2, 3, frames, 32, 48);
                    Tensor z = rng.randn(2, 4, (frames + 3) / 4, 4, 6);
                    Tensor moments = vae.moments(video); // under autograd: in one piece
                    Tensor decoded = vae.decode(z);
                    assertThat(decoded.requires_grad()).isTrue();
                    try (NoGradGuard guard = new NoGradGuard()) {
                        Golden.Difference there = Golden.difference(vae.moments(video), moments.detach());
                        assertThat(there.max())
                                .as("%d frames: %s", frames, there)
                                .isLessThan(2e-5);
                        Golden.Difference back = Golden.difference(vae.decode(z), decoded.detach());
                        assertThat(back.max()).as("%d frames: %s", frames, back).isLessThan(2e-5);
                    }
                });
            }
        }
    }

    @Test
    void inSixteenBitsTheNumbersAreAboutTheSame() {
        VaeConfig config = VaeConfig.tiny();
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new Vae(w, config), rng)) {
            Vae wide = new Vae(new Weights(parameters), config);
            Vae narrow = new Vae(
                    new Weights((key, init, shape) ->
                            parameters.leaf(key, init, shape).to(ScalarType.BFloat16)),
                    config);
            Scopes.run(() -> {
                for (long frames : new long[] {1, 8, 9, 17}) {
                    Tensor video = rng.randn(1, 3, frames, 16, 24);
                    Golden.Difference there = Golden.difference(narrow.moments(video), wide.moments(video));
                    assertThat(there.mean()).as("%d frames: %s", frames, there).isLessThan(0.02);
                    Tensor z = rng.randn(1, 4, (frames + 3) / 4, 2, 3);
                    Golden.Difference back = Golden.difference(narrow.decode(z), wide.decode(z));
                    assertThat(back.mean()).as("%d frames: %s", frames, back).isLessThan(0.02);
                }
            });
        }
    }

    @Test
    void aRunLeavesNoNativeMemory() {
        withNew(vae -> {
            long before = LivePointers.settled();
            for (int i = 0; i < 3; i++) {
                Scopes.run(() -> {
                    Tensor video = vae.decode(Tensors.zeros(ScalarType.Float, 1, 4, 5, 1, 1));
                    assertThat(video.size(2)).isEqualTo(17);
                });
            }
            assertThat(LivePointers.now()).isEqualTo(before);
            return null;
        });
    }

    @Test
    void sizesThatDoNotDivideAreNamedWithTheNearest() {
        withNew(vae -> Scopes.run(() -> {
            assertThatThrownBy(() -> vae.encode(Tensors.zeros(ScalarType.Float, 1, 3, 1, 8, 20)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("width must be a multiple of 8, found 20; nearest: 24");
            assertThatThrownBy(() -> vae.decode(Tensors.zeros(ScalarType.Float, 1, 3, 1, 8, 8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("latents must have shape (?, 4, ?, ?, ?), found (1, 3, 1, 8, 8)");
            return null;
        }));
    }

    @Test
    void configurationsThatCannotWorkAreNamed() {
        VaeConfig c = VaeConfig.tiny();
        assertThatThrownBy(() -> c.with(Map.of("block_out_channels", List.of(8, 9))))
                .hasMessageContaining("must be multiples of norm_num_groups 2, found [8, 9]");
        assertThatThrownBy(() -> c.with(Map.of("temporal_compression_ratio", 3)))
                .hasMessageContaining("temporal_compression_ratio must be a power of 2 below 2^4, found 3");
        assertThatThrownBy(() -> c.with(Map.of("scaling_factor", 0)))
                .hasMessageContaining("scaling_factor must be above 0");
        assertThatThrownBy(() -> c.with(Map.of("scaling", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no key 'scaling', only [");
    }

    private static void withVae(String name, Function<Vae, ?> body) {
        Path folder = Golden.folder(name).resolve("model/vae");
        VaeConfig config = VaeConfig.read(folder.resolve("config.json"));
        try (NoGradGuard guard = new NoGradGuard();
                Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            body.apply(file.load(w -> new Vae(w, config)));
        }
    }

    private static void withNew(Function<Vae, ?> body) {
        VaeConfig config = VaeConfig.tiny();
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new Vae(w, config), rng)) {
            body.apply(new Vae(new Weights(parameters), config));
        }
    }
}
