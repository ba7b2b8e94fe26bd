package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.PartDigest;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.ClipSource.Shape;
import kinema.train.Frozen;
import kinema.train.TrainingMemory;
import kinema.train.cogvideox.VaeRecipe.Layers;
import kinema.train.data.ConvolutionMemory;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A recipe's VAE with what of it is trained: a new one, or another model's. Holds native memory until closed. */
final class TrainedVae implements AutoCloseable {
    private static final double FIRST_LOG_VARIANCE = -5;

    private final VaeRecipe recipe;
    private final VaeConfig config;
    private final Frozen frozen;
    private final Parameters parameters;

    /**
     * Makes or reads it.
     *
     * @param config the recipe's
     * @throws kinema.weights.WeightsException when that to start from is missing or damaged
     */
    TrainedVae(VaeRecipe recipe, VaeConfig config) {
        this.recipe = recipe;
        this.config = config;
        if (recipe.start().isEmpty()) {
            frozen = Frozen.of(Map.of(), key -> false);
            try (Rng rng = new Rng(recipe.seed())) {
                parameters = Parameters.init(w -> new Vae(w, config), rng);
            }
            quiet();
            return;
        }
        Placement placement = Placement.resident(ScalarType.Float);
        try (Checkpoint start = ModelFiles.of(Path.of(recipe.start())).openVae(placement)) {
            start.check(w -> new Vae(w, config));
            frozen = Frozen.of(start.tensors(), key -> !moves(recipe, key));
            try {
                parameters = Parameters.of(
                        w -> new Vae(frozen.beside(w), config),
                        key -> Objects.requireNonNull(start.tensors().get(key)).read());
            } catch (RuntimeException e) {
                frozen.close();
                throw e;
            }
        }
    }

    /**
     * The sizes of a recipe's VAE.
     *
     * @throws kinema.weights.WeightsException when the config of that to start from is missing or damaged
     */
    static VaeConfig config(VaeRecipe recipe) {
        return recipe.start().isEmpty()
                ? fresh(recipe)
                : VaeConfig.of(ModelFiles.of(Path.of(recipe.start())).vae());
    }

    /** The published configuration with the recipe's shape; the scaling factor is measured after training. */
    private static VaeConfig fresh(VaeRecipe recipe) {
        VaeRecipe.Network n = recipe.network();
        Shape last = recipe.last().size();
        return VaeConfig.COGVIDEOX_2B.with(Map.of(
                "block_out_channels", n.blockOutChannels(),
                "layers_per_block", n.layersPerBlock(),
                "latent_channels", n.latentChannels(),
                "norm_num_groups", n.normNumGroups(),
                "scaling_factor", 1,
                "sample_height", last.height(),
                "sample_width", last.width()));
    }

    private static boolean moves(VaeRecipe recipe, String key) {
        return recipe.layers() == Layers.ALL || !PartDigest.isOfEncoder(key);
    }

    /** Lets the latents start with little noise, so that the decoder does not first learn to do without them. */
    private void quiet() {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                Tensor bias = parameters.tensor("encoder.conv_out.conv.bias"); // (2·Z)
                bias.detach()
                        .narrow(0, config.latentChannels(), config.latentChannels())
                        .fill_(new Scalar(FIRST_LOG_VARIANCE));
            });
        }
    }

    /** What training takes, but for the passes of LPIPS and of a discriminator. */
    static TrainingMemory memory(VaeRecipe recipe, VaeConfig config) {
        return ConvolutionMemory.of(
                w -> network(recipe, w, config),
                key -> moves(recipe, key),
                recipe.optimizer(),
                recipe.stages(),
                (vae, clips) -> {
                    var unused = vae.decode(vae.encode(clips).mean())
                            .sub(clips)
                            .square()
                            .mean();
                });
    }

    private static Vae network(VaeRecipe recipe, Weights tree, VaeConfig config) {
        return recipe.whole() ? Vae.whole(tree, config) : new Vae(tree, config);
    }

    /** What is moved. */
    Parameters parameters() {
        return parameters;
    }

    /** As it is trained. */
    Vae network() {
        return network(recipe, tree(), config);
    }

    /** As it will be used. */
    Vae inChunks() {
        return new Vae(tree(), config);
    }

    private Weights tree() {
        return frozen.beside(new Weights(parameters));
    }

    /** All tensors in the caller's scope: what was trained as float16, what was kept as it was stored. */
    Map<String, Tensor> stored() {
        Map<String, Tensor> all = frozen.stored();
        all.putAll(parameters.parts(parameters.values().to(ScalarType.Half)));
        return all;
    }

    @Override
    public void close() {
        frozen.close();
        parameters.close();
    }
}
