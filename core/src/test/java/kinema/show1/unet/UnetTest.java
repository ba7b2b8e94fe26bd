package kinema.show1.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import kinema.nn.Activation;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.show1.unet.UnetConfig.Level;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the papers say of the layers, with weights of this test's own. */
class UnetTest {
    private static final UnetConfig CLIPS = pixels(true);

    @BeforeAll
    static void noDerivatives() {
        torch.set_num_threads(1);
        GradMode.set_enabled(false);
    }

    @AfterAll
    static void derivatives() {
        GradMode.set_enabled(true);
    }

    /** Temporal layers that do nothing leave the network for single pictures, frame by frame. */
    @Test
    void aNetworkOfPicturesMadeOneOfClipsTreatsEachFrameAlike() {
        UnetConfig pictures = pixels(false);
        try (Rng rng = new Rng(3);
                Parameters clips = Parameters.init(w -> new Unet(w, CLIPS), rng)) {
            Scopes.run(() -> {
                clips.parts(clips.values()).forEach((key, part) -> {
                    if (key.contains("temp_attentions") && key.contains("proj_out")) {
                        part.zero_(); // the last convolution over time starts at zero by itself
                    }
                });
                Unet inClips = new Unet(new Weights(clips), CLIPS);
                Unet inPictures = new Unet(new Weights(clips), pictures); // of the same spatial layers
                Tensor x = rng.randn(2, 6, 3, 4, 6);
                Tensor time = Tensors.of(new long[] {500, 20}, 2), level = Tensors.of(new long[] {250, 0}, 2);
                Unet.Text text = inClips.text(rng.randn(2, 5, 32));
                Tensor whole = inClips.forward(x, time, level, text);
                assertThat(whole.shape()).containsExactly(2, 6, 3, 4, 6);
                for (long frame = 0; frame < 3; frame++) {
                    Tensor single = inPictures.forward(x.narrow(2, frame, 1), time, level, text);
                    Golden.Difference d = Golden.difference(whole.narrow(2, frame, 1), single);
                    assertThat(d.worst()).as("frame %d: %s", frame, d).isLessThan(1e-5);
                }
            });
        }
    }

    @Test
    void attentionBetweenFramesDoesNotKnowTheirOrder() {
        try (Rng rng = new Rng(4);
                Parameters p = Parameters.init(w -> new TemporalTransformer(w, 32, 32, 32, 4), rng)) {
            Scopes.run(() -> {
                TemporalTransformer layer = new TemporalTransformer(new Weights(p), 32, 32, 32, 4);
                Tensor x = rng.randn(4, 32, 3, 5), order = Tensors.of(new long[] {2, 0, 3, 1}, 4);
                Tensor after = layer.forward(x, 1).index_select(0, order);
                assertThat(Golden.difference(layer.forward(x.index_select(0, order), 1), after)
                                .worst())
                        .isLessThan(1e-5);
            });
        }
    }

    @Test
    void aNewConvolutionOverTimeDoesNothingAndATrainedOneSeesNeighbours() {
        try (Rng rng = new Rng(5);
                Parameters p = Parameters.init(w -> new TemporalConv(w, 32), rng)) {
            Scopes.run(() -> {
                TemporalConv layer = new TemporalConv(new Weights(p), 32);
                Tensor x = rng.randn(5, 32, 2, 3);
                assertThat(Tensors.floats(layer.forward(x, 1, List.of()))).isEqualTo(Tensors.floats(x));
                rng.normal(p.tensor("conv4.3.weight"), 0, .1);
                Tensor reversed = layer.forward(x.flip(0), 1, List.of()).flip(0);
                assertThat(Golden.difference(reversed, layer.forward(x, 1, List.of()))
                                .max())
                        .isGreaterThan(1e-3);
            });
        }
    }

    /** Samples do not meet, and many sequences go through a layer in the same numbers as few. */
    @Test
    void aSamplesNumbersDoNotDependOnTheOthers() {
        try (Rng rng = new Rng(6);
                Parameters p = Parameters.init(w -> new Unet(w, CLIPS), rng)) {
            Scopes.run(() -> {
                Unet unet = new Unet(new Weights(p), CLIPS);
                Tensor x = rng.randn(2, 6, 2, 4, 4), states = rng.randn(2, 5, 32);
                Tensor time = Tensors.of(new long[] {500, 20}, 2), level = Tensors.of(new long[] {250, 0}, 2);
                Tensor both = unet.forward(x, time, level, unet.text(states));
                Tensor second = unet.forward(
                        x.narrow(0, 1, 1),
                        time.narrow(0, 1, 1),
                        level.narrow(0, 1, 1),
                        unet.text(states.narrow(0, 1, 1)));
                assertThat(Golden.difference(second, both.narrow(0, 1, 1)).worst())
                        .isLessThan(1e-5);
            });
        }
        Scopes.run(() -> {
            Tensor x = torch.randn(700, 9, 2);
            Tensor whole = Slices.of(700, 9, (first, count) -> x.narrow(0, first, count));
            assertThat(Tensors.floats(whole)).isEqualTo(Tensors.floats(x));
        });
    }

    /** Training's way, against that of use. */
    @Test
    void samplesTogetherAreWhatTheyAreOneByOne() {
        for (UnetConfig config : List.of(CLIPS, pixels(false), latents())) {
            long frames = config.temporal() ? 3 : 1;
            try (Rng rng = new Rng(8);
                    Parameters p = Parameters.init(w -> new Unet(w, config), rng)) {
                Scopes.run(() -> {
                    p.parts(p.values()).forEach((key, part) -> {
                        if (key.contains("conv4")) {
                            part.normal_(0, 0.1, null); // else convolutions over time do nothing
                        }
                    });
                    Unet unet = new Unet(new Weights(p), config);
                    Tensor x = rng.randn(3, config.inChannels(), frames, 4, 6);
                    Tensor time = Tensors.of(new long[] {500, 20, 900}, 3);
                    Tensor level = config.time().noiseLevel() ? Tensors.of(new long[] {250, 0, 7}, 3) : null;
                    Unet.Text text = unet.text(rng.randn(3, 5, 32));
                    Golden.Difference d =
                            Golden.difference(unet.together(x, time, level, text), unet.forward(x, time, level, text));
                    assertThat(d.worst()).as("%s: %s", config.kind(), d).isLessThan(1e-5);
                });
            }
        }
    }

    @Test
    void inputsThatDoNotFitAreNamed() {
        try (Rng rng = new Rng(7);
                Parameters p = Parameters.init(w -> new Unet(w, CLIPS), rng)) {
            Scopes.run(() -> {
                Unet unet = new Unet(new Weights(p), CLIPS);
                Unet.Text text = unet.text(rng.randn(1, 5, 32));
                Tensor time = Tensors.of(new long[] {5}, 1);
                assertThatThrownBy(() -> unet.forward(rng.randn(1, 6, 2, 4, 5), time, time, text))
                        .hasMessage("rows and columns must be multiples of 2, found 4 and 5");
                assertThatThrownBy(() -> unet.forward(rng.randn(1, 3, 2, 4, 4), time, time, text))
                        .hasMessage("input must have shape (1, 6, ?, ?, ?), found (1, 3, 2, 4, 4)");
                assertThatThrownBy(() -> unet.forward(rng.randn(1, 6, 2, 4, 4), time, null, text))
                        .hasMessage("this network must be told how noisy its condition is");
                assertThatThrownBy(() -> unet.text(rng.randn(1, 5, 33)))
                        .hasMessage("text states must have shape (?, ?, 32), found (1, 5, 33)");
            });
        }
    }

    @Test
    void aForwardLeavesNoNativeObject() {
        try (Rng rng = new Rng(8);
                Parameters p = Parameters.init(w -> new Unet(w, CLIPS), rng)) {
            Unet unet = new Unet(new Weights(p), CLIPS);
            Runnable once = () -> Scopes.run(() -> {
                Tensor time = Tensors.of(new long[] {5}, 1);
                unet.forward(rng.randn(1, 6, 2, 4, 4), time, time, unet.text(rng.randn(1, 5, 32)));
            });
            once.run();
            long before = LivePointers.settled();
            once.run();
            once.run();
            assertThat(LivePointers.now()).isEqualTo(before);
        }
    }

    /** A small network of pixels. */
    static UnetConfig pixels(boolean temporal) {
        return new UnetConfig(
                Kind.PIXEL,
                temporal,
                6,
                6,
                List.of(new Level(32, 1, false, 16), new Level(64, 1, true, 16)),
                new ResnetConfig(Activation.GELU, 32, 1e-5, 48, true, false, 1.4142),
                1.4142,
                new UnetConfig.Time(true, true),
                new UnetConfig.Text(32, 32, 4),
                false);
    }

    /** A small network of latents. */
    private static UnetConfig latents() {
        return new UnetConfig(
                Kind.LATENT,
                true,
                4,
                4,
                List.of(new Level(32, 1, true, 2), new Level(64, 1, false, 4)),
                new ResnetConfig(Activation.SILU, 32, 1e-5, 128, false, true, 1),
                1,
                new UnetConfig.Time(false, false),
                new UnetConfig.Text(32, 32, 1),
                true);
    }
}
