package kinema.train;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.cogvideox.Vae;
import kinema.cogvideox.VaeConfig;
import kinema.tensor.Scopes;
import kinema.train.world.Split;
import kinema.train.world.World;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Finishes a trained VAE: measures its scaling factor and writes it in the published layout. */
final class VaeExport {
    private static final int MEASURED_CLIPS = 64;

    private final VaeRecipe recipe;
    private final World world;
    private final TrainingListener listener;

    VaeExport(VaeRecipe recipe, World world, TrainingListener listener) {
        this.recipe = recipe;
        this.world = world;
        this.listener = listener;
    }

    void write(Vae vae, Parameters parameters) {
        double deviation = deviation(vae);
        new ModelFolder(Path.of(recipe.model())).network("vae", config(vae.config(), 1 / deviation), parameters);
        listener.line("wrote " + recipe.model() + "/vae; its latents have deviation " + deviation);
    }

    /** The deviation of the latents over clips of the world; its inverse is the scaling factor. */
    private double deviation(Vae vae) {
        int frames = recipe.stages().get(recipe.stages().size() - 1).frames();
        try (NoGradGuard guard = new NoGradGuard()) {
            double square = IntStream.range(0, MEASURED_CLIPS)
                    .mapToDouble(i -> Scopes.run(() -> {
                        Tensor clip =
                                Clips.batch(List.of(world.render(world.sample(i, Split.TRAIN), recipe.size(), frames, i)
                                        .video()));
                        return vae.encode(clip).mean().square().mean().item_double();
                    }))
                    .average()
                    .orElseThrow();
            return Math.sqrt(square);
        }
    }

    private static Map<String, Object> config(VaeConfig c, double scalingFactor) {
        int blocks = c.blockOutChannels().size();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", "AutoencoderKLCogVideoX");
        map.put("act_fn", "silu");
        map.put("block_out_channels", c.blockOutChannels());
        map.put("down_block_types", Collections.nCopies(blocks, "CogVideoXDownBlock3D"));
        map.put("force_upcast", true);
        map.put("in_channels", c.inChannels());
        map.put("invert_scale_latents", c.invertScaleLatents());
        map.put("latent_channels", c.latentChannels());
        map.put("layers_per_block", c.layersPerBlock());
        map.put("norm_eps", c.normEps());
        map.put("norm_num_groups", c.normGroups());
        map.put("out_channels", c.outChannels());
        map.put("sample_height", c.sampleHeight());
        map.put("sample_width", c.sampleWidth());
        map.put("scaling_factor", scalingFactor);
        map.put("temporal_compression_ratio", c.temporalCompression());
        map.put("up_block_types", Collections.nCopies(blocks, "CogVideoXUpBlock3D"));
        map.put("use_post_quant_conv", false);
        map.put("use_quant_conv", false);
        return map;
    }
}
