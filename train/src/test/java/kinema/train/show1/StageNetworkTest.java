package kinema.train.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;
import kinema.memory.Meter;
import kinema.show1.unet.Unet;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.NetworkFolder;
import kinema.train.TrainingMemory;
import kinema.train.show1.StageNetwork.Widths;
import kinema.weights.Checkpoint;
import kinema.weights.LeafSpec;
import kinema.weights.Placement;
import kinema.weights.ShapeTree;
import kinema.weights.StoredTensor;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a stage's network starts from another, and what of it moves. */
class StageNetworkTest {
    private static final Widths WIDTHS = new Widths(64, 4);

    @TempDir
    private Path folder;

    /** Before a step, a network of clips treats each frame as the network of pictures it starts from does. */
    @Test
    void picturesBecomeClipsFrameByFrame() {
        Path start = written("images", StageKind.IMAGES, TinyShow1.WIDTHS);
        try (NoGradGuard guard = new NoGradGuard();
                StageNetwork pictures = network(StageKind.IMAGES, "start: " + start);
                StageNetwork clips = network(StageKind.BASE, "layers: temporal\nstart: " + start);
                Rng rng = new Rng(5)) {
            assertThat(clips.config().temporal()).isTrue();
            Scopes.run(() -> {
                Tensor x = rng.randn(1, 3, 4, 8, 8),
                        states = rng.randn(1, 5, 64),
                        time = Tensors.of(new long[] {300}, 1);
                Unet inClips = clips.network(), inPictures = pictures.network();
                Tensor whole = inClips.forward(x, time, null, inClips.text(states));
                for (long frame = 0; frame < 4; frame++) {
                    Tensor single = inPictures.forward(x.narrow(2, frame, 1), time, null, inPictures.text(states));
                    assertThat(distance(whole.narrow(2, frame, 1), single)).isLessThan(1e-5);
                }
            });
        }
    }

    @Test
    void onlyTemporalLayersAreParametersAndTheOthersKeepTheirBytes() {
        Path start = written("images", StageKind.IMAGES, TinyShow1.WIDTHS);
        try (StageNetwork clips = network(StageKind.BASE, "layers: temporal\nstart: " + start)) {
            Map<String, Tensor> moved =
                    clips.parameters().parts(clips.parameters().values());
            assertThat(moved.keySet()).isNotEmpty().allMatch(StageNetwork::isTemporal);
            stepped(clips);
            Path after = write("base", clips);
            compare(start, after, (key, same) -> assertThat(same).as(key).isTrue());
        }
    }

    @Test
    void derivativesReachTemporalLayersThroughKeptOnes() {
        Path start = written("images", StageKind.IMAGES, TinyShow1.WIDTHS);
        try (StageNetwork clips = network(StageKind.BASE, "layers: temporal\nstart: " + start)) {
            stepped(clips);
            Scopes.run(() -> clips.parameters()
                    .parts(clips.parameters().gradient())
                    .forEach((key, gradient) -> {
                        // a convolution that starts at zero stops the derivatives of what is before it, in the first
                        // step alone
                        boolean reached = key.contains("conv4.3") || key.contains("proj_out");
                        if (reached) {
                            assertThat(gradient.abs().max().item_double())
                                    .as(key)
                                    .isPositive();
                        }
                    }));
        }
    }

    /** Without contents as with them: the forward pass of a batch, to which convolutions' derivatives are added. */
    @Test
    void whatABatchTakesIsKnownBefore() {
        Path start = written("images", StageKind.IMAGES, TinyShow1.WIDTHS);
        String lines = "layers: temporal\nstart: " + start;
        StageRecipe recipe = recipe(lines); // batches of 2 clips with 8 tokens, 8 key frames of 29
        TrainingMemory planned = StageNetwork.memory(StageKind.BASE, recipe, WIDTHS, 1);
        long real = Meter.peak(() -> network(StageKind.BASE, lines), network -> {
            try (network;
                    Rng rng = new Rng(7)) {
                Unet unet = network.network();
                Tensor x = rng.randn(2, 3, 8, 8, 8), time = Tensors.of(new long[2], 2);
                var unused = unet.forward(x, time, null, unet.text(rng.randn(2, 8, 64)))
                        .square()
                        .mean();
            }
        });
        assertThat(planned.batch()).isCloseTo(TrainingMemory.convolutions(real), withinPercentage(10));
        try (StageNetwork network = network(StageKind.BASE, lines)) {
            long trained = network.parameters().count();
            assertThat(planned.trained())
                    .as("with gradient, moments and average")
                    .isEqualTo(trained * 5 * 4);
            long all = ShapeTree.of(w -> new Unet(w, network.config())).stream()
                    .mapToLong(LeafSpec::count)
                    .sum();
            assertThat(planned.frozen()).isEqualTo((all - trained) * 4);
        }
    }

    /** New channels of the input start at zero: shown anything, the network does what it did before. */
    @Test
    void interpolationStartsAsTheNetworkOfKeyFrames() {
        Path start = written("base", StageKind.BASE, TinyShow1.WIDTHS);
        try (NoGradGuard guard = new NoGradGuard();
                StageNetwork before = network(StageKind.BASE, "start: " + start);
                StageNetwork after = network(StageKind.INTERPOLATION, "start: " + start);
                Rng rng = new Rng(5)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(1, 3, 5, 8, 8), shown = rng.randn(1, 4, 5, 8, 8), states = rng.randn(1, 5, 64);
                Tensor time = Tensors.of(new long[] {300}, 1);
                Tensor alone =
                        before.network().forward(x, time, null, before.network().text(states));
                Tensor both = after.network()
                        .forward(
                                Tensors.cat(1, x, shown),
                                time,
                                null,
                                after.network().text(states));
                assertThat(distance(both, alone)).isLessThan(1e-5);
            });
        }
    }

    @Test
    void aCheckpointThatDoesNotSuitIsRefused() {
        Path base = written("base", StageKind.BASE, TinyShow1.WIDTHS);
        Path first = written("first", StageKind.FIRST_FRAME, TinyShow1.WIDTHS);
        refused(
                StageKind.INTERPOLATION,
                "layers: temporal\nstart: " + base,
                "its input has 3 channels, this stage's 7; train all layers");
        refused(StageKind.IMAGES, "start: " + base, "a network of single pictures cannot start from one of clips");
        refused(
                StageKind.UPSCALING,
                "start: " + base,
                "a network of pixels that enlarges must start from one of its kind");
        refused(StageKind.BASE, "start: " + first, "a network of pixels must start from one of its kind");
        refused(StageKind.EXPERT, "start: " + base, "a network of latents must start from one of its kind");
        refused(
                StageKind.BASE,
                "start: " + folder.resolve("nothing"),
                "no such folder; start must be that of a checkpoint");
        assertThatThrownBy(() -> new StageNetwork(StageKind.BASE, recipe("start: " + base), new Widths(32, 4)))
                .hasMessageContaining("its texts have states of width 64, those of the recipe's text encoder 32");
        assertThatThrownBy(() -> network(StageKind.BASE, TinyShow1.WIDTHS.replace("[32, 32]", "[32, 40]")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("every width must be a multiple of 32");
    }

    private void refused(StageKind kind, String lines, String message) {
        assertThatThrownBy(() -> network(kind, lines))
                .isInstanceOfAny(IllegalArgumentException.class, WeightsException.class)
                .hasMessageContaining(message);
    }

    private StageRecipe recipe(String lines) {
        return new TinyShow1(folder).recipe("run", "8x8x29", lines);
    }

    private StageNetwork network(StageKind kind, String lines) {
        return new StageNetwork(kind, recipe(lines), WIDTHS);
    }

    private Path written(String name, StageKind kind, String lines) {
        try (StageNetwork network = network(kind, lines)) {
            return write(name, network);
        }
    }

    private Path write(String name, StageNetwork network) {
        Path to = folder.resolve(name);
        Scopes.run(() -> new NetworkFolder(to).network("unet", network.config().toMap(), network.stored()));
        return to;
    }

    /** One step down the derivatives of the mean square of what the network predicts. */
    private static void stepped(StageNetwork network) {
        try (Rng rng = new Rng(6)) {
            Scopes.run(() -> {
                Unet unet = network.network();
                Tensor x = rng.randn(1, 3, 4, 8, 8), time = Tensors.of(new long[] {300}, 1);
                unet.forward(x, time, null, unet.text(rng.randn(1, 5, 64)))
                        .square()
                        .mean()
                        .backward();
                network.parameters().values().sub_(network.parameters().gradient(), new Scalar(0.1));
            });
        }
    }

    private static void compare(Path before, Path after, BiConsumer<String, Boolean> check) {
        try (Checkpoint a = Checkpoint.open(before.resolve("unet"), Placement.resident(ScalarType.Float));
                Checkpoint b = Checkpoint.open(after.resolve("unet"), Placement.resident(ScalarType.Float))) {
            assertThat(b.tensors().keySet()).containsAll(a.tensors().keySet());
            Scopes.run(() -> a.tensors().forEach((key, tensor) -> {
                StoredTensor other = b.tensors().get(key);
                check.accept(
                        key, other.dtype() == tensor.dtype() && other.read().equal(tensor.read()));
            }));
        }
    }

    private static double distance(Tensor a, Tensor b) {
        return a.sub(b).abs().max().item_double();
    }
}
