package kinema.train.show1;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import kinema.memory.Meter;
import kinema.nn.Activation;
import kinema.show1.unet.ResnetConfig;
import kinema.show1.unet.Unet;
import kinema.show1.unet.UnetConfig;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.show1.unet.UnetConfig.Level;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Frozen;
import kinema.train.TrainingMemory;
import kinema.train.show1.StageRecipe.Layers;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.LeafSpec;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.ShapeTree;
import kinema.weights.StoredTensor;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A stage's network with what of it is trained: a new one, or one that starts from another checkpoint's. A network of pictures becomes one
 * of clips: its layers are copied, and stay as they are where only temporal layers are trained; new temporal layers start so that they do
 * nothing, and the network as that of pictures, frame by frame. New channels of the input start at zero.
 *
 * <p>Holds native memory until closed.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, sections 3.2 and 3.3, figure 5</a>
 */
final class StageNetwork implements AutoCloseable {
    /** What becomes of text states and latents decides a new network's shape. */
    record Widths(long states, long latents) {}

    private static final String UNET = "unet";
    private static final String INPUT = "conv_in.weight";
    private static final String LAST_OF_ATTENTION = ".proj_out.";
    private static final double ROOT_2 = 1.4142271248762552; // as the published configs round it
    private static final long GROUPS = 32;
    private static final long POOL_HEAD = 64;
    private static final long TIME = 4; // times the first level's width

    private final UnetConfig config;
    private final Frozen kept;
    private final Parameters parameters;
    private final Unet network;

    /**
     * Makes the network.
     *
     * @throws IllegalArgumentException when it cannot start from the checkpoint that the recipe names
     * @throws kinema.weights.WeightsException when that is missing or damaged
     */
    StageNetwork(StageKind kind, StageRecipe recipe, Widths widths) {
        try (Rng rng = new Rng(recipe.seed())) {
            config = shape(kind, recipe, widths);
            if (recipe.start().isEmpty()) {
                kept = Frozen.of(Map.of(), key -> false);
                parameters = Parameters.init(w -> new Unet(w, config), rng);
            } else {
                Path folder = started(recipe);
                UnetConfig before = config(folder);
                try (Checkpoint start = Checkpoint.open(folder, Placement.resident(ScalarType.Float))) {
                    start.check(w -> new Unet(w, before));
                    kept = Frozen.of(start.tensors(), key -> recipe.layers() == Layers.TEMPORAL && !isTemporal(key));
                    parameters = Parameters.init(w -> new Unet(kept.beside(w), config), rng);
                    fill(start.tensors());
                }
            }
        }
        network = new Unet(kept.beside(new Weights(parameters)), config);
    }

    /**
     * The shape of the network that a recipe asks for.
     *
     * @throws IllegalArgumentException when it cannot start from the checkpoint that the recipe names
     */
    private static UnetConfig shape(StageKind kind, StageRecipe recipe, Widths widths) {
        if (recipe.start().isEmpty()) {
            return fresh(kind, recipe.network(), widths);
        }
        Path folder = started(recipe);
        UnetConfig before = config(folder);
        UnetConfig after = before.of(kind.clips(), kind.inChannels(widths.latents()));
        new Start(kind, recipe, folder).check(before, after, widths);
        return after;
    }

    private static Path started(StageRecipe recipe) {
        return Path.of(recipe.start()).resolve(UNET);
    }

    /**
     * What training takes, found by running the network without contents on a batch up to its loss, with the graph of derivatives. What
     * encodes captions and latents is not counted.
     *
     * @param unit pixels of a latent's side; 1 for networks in pixels
     * @throws IllegalArgumentException as for the network
     */
    static TrainingMemory memory(StageKind kind, StageRecipe recipe, Widths widths, long unit) {
        UnetConfig config = shape(kind, recipe, widths);
        Predicate<String> moves = key -> recipe.layers() == Layers.ALL || isTemporal(key);
        List<LeafSpec> leaves = ShapeTree.of(w -> new Unet(w, config));
        long forward = Meter.peak(() -> new Unet(ShapeTree.trained(moves), config), network -> {
            Tensor input = Tensors.meta(
                    ScalarType.Float,
                    recipe.batch(),
                    config.inChannels(),
                    kind.frames(recipe.size().frames()),
                    recipe.size().height() / unit,
                    recipe.size().width() / unit); // (B, C, F, H, W)
            Tensor states =
                    Tensors.meta(ScalarType.Float, recipe.batch(), recipe.textTokens(), widths.states()); // (B, L, S)
            Tensor numbers = Tensor.create(new int[recipe.batch()]); // (B)
            var unused = network.together(input, numbers, kind.enlarges() ? numbers : null, network.text(states))
                    .square()
                    .mean();
        });
        return new TrainingMemory(
                TrainingMemory.trained(of(leaves, moves), recipe.optimizer()),
                TrainingMemory.frozen(of(leaves, moves.negate())),
                TrainingMemory.convolutions(forward));
    }

    private static List<LeafSpec> of(List<LeafSpec> leaves, Predicate<String> which) {
        return leaves.stream().filter(leaf -> which.test(leaf.key())).toList();
    }

    private static UnetConfig config(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder; start must be that of a checkpoint, such as"
                    + " show-1-base, with its unet in it");
        }
        return UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
    }

    /** Whether a tensor belongs to a layer that joins frames. */
    static boolean isTemporal(String key) {
        return key.contains("temp_convs.") || key.contains("temp_attentions.") || key.startsWith("transformer_in.");
    }

    UnetConfig config() {
        return config;
    }

    Unet network() {
        return network;
    }

    /** What is trained. */
    Parameters parameters() {
        return parameters;
    }

    /** All tensors in the caller's scope: what was trained as float16, what was kept as it was stored. */
    Map<String, Tensor> stored() {
        Map<String, Tensor> all = kept.stored();
        all.putAll(parameters.parts(parameters.values().to(ScalarType.Half)));
        return all;
    }

    /** Starts parameters as the checkpoint has them, as far as it does. */
    private void fill(Map<String, StoredTensor> stored) {
        Scopes.run(() -> parameters.parts(parameters.values()).forEach((key, part) -> {
            StoredTensor there = stored.get(key);
            if (there == null) {
                if (key.contains("temp_attentions.") && key.contains(LAST_OF_ATTENTION)) {
                    part.zero_(); // the last convolution over time starts at zero by itself
                }
            } else if (key.equals(INPUT) && there.shape()[1] < part.size(1)) {
                part.zero_();
                part.narrow(1, 0, there.shape()[1]).copy_(there.read());
            } else {
                part.copy_(there.read());
            }
        }));
    }

    /** A new network's shape; what the recipe does not say is as published. */
    private static UnetConfig fresh(StageKind kind, StageRecipe.Network n, Widths widths) {
        boolean latents = kind.latents();
        boolean enlarges = kind.enlarges();
        List<Level> levels = new ArrayList<>();
        for (int i = 0; i < n.widths().size(); i++) {
            long width = n.widths().get(i);
            boolean attends = i >= n.widths().size() - n.attention();
            levels.add(new Level(width, n.layers(), attends, latents ? Math.max(1, width / n.headDim()) : n.headDim()));
        }
        long channels = kind.inChannels(widths.latents());
        long pooled = widths.states() % POOL_HEAD == 0 ? widths.states() / POOL_HEAD : 1;
        return new UnetConfig(
                latents ? Kind.LATENT : Kind.PIXEL,
                kind.clips(),
                channels,
                latents ? channels : 2 * StageKind.BASE.inChannels(0),
                levels,
                new ResnetConfig(
                        latents ? Activation.SILU : Activation.GELU,
                        GROUPS,
                        1e-5,
                        TIME * n.widths().get(0),
                        !latents,
                        !enlarges,
                        enlarges ? ROOT_2 : 1),
                enlarges ? ROOT_2 : 1,
                new UnetConfig.Time(enlarges, enlarges),
                new UnetConfig.Text(widths.states(), latents ? widths.states() : n.textWidth(), latents ? 1 : pooled),
                false);
    }

    @Override
    public void close() {
        kept.close();
        parameters.close();
    }

    /** Whether a network can start from a checkpoint's. */
    private record Start(StageKind kind, StageRecipe recipe, Path folder) {
        void check(UnetConfig before, UnetConfig after, Widths widths) {
            Kind needed = kind.latents() ? Kind.LATENT : Kind.PIXEL;
            if (before.kind() != needed || before.time().noiseLevel() != kind.enlarges()) {
                throw wrong("a network " + (needed == Kind.LATENT ? "of latents" : "of pixels")
                        + (kind.enlarges() ? " that enlarges" : "") + " must start from one of its kind");
            }
            if (before.temporal() && !kind.clips()) {
                throw wrong("a network of single pictures cannot start from one of clips");
            }
            if (before.text().stateWidth() != widths.states()) {
                throw wrong("its texts have states of width " + before.text().stateWidth()
                        + ", those of the recipe's text encoder " + widths.states() + "; give the encoder by text");
            }
            long shown = before.inChannels();
            if (shown > after.inChannels() || (recipe.layers() == Layers.TEMPORAL && shown != after.inChannels())) {
                throw wrong("its input has " + shown + " channels, this stage's " + after.inChannels()
                        + (shown < after.inChannels() ? "; train all layers" : ""));
            }
            if (kind.latents() && before.outChannels() != widths.latents()) {
                throw wrong("its latents have " + before.outChannels() + " channels, the autoencoder's "
                        + widths.latents());
            }
        }

        private IllegalArgumentException wrong(String what) {
            return new IllegalArgumentException(folder + ": " + what);
        }
    }
}
