package kinema.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes a trained VAE in the published layout: {@code vae/config.json} and float16 weights. */
final class VaeExport {
    private static final int MEASURED_CLIPS = 64;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

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
        Path folder = Path.of(recipe.model()).resolve("vae");
        try {
            Files.createDirectories(folder);
            JSON.writeValue(folder.resolve("config.json").toFile(), config(vae.config(), 1 / deviation));
            weights(folder.resolve("diffusion_pytorch_model.safetensors"), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the VAE cannot be written", e);
        }
        listener.line("wrote " + folder + "; latents have deviation " + deviation);
    }

    /** The deviation of the latents over clips of the world; its inverse is the scaling factor. */
    private double deviation(Vae vae) {
        int frames = recipe.stages().get(recipe.stages().size() - 1).frames();
        try (NoGradGuard guard = new NoGradGuard()) {
            double square = IntStream.range(0, MEASURED_CLIPS)
                    .mapToDouble(i -> Scopes.run(() -> {
                        Tensor clip = Clips.batch(List.of(
                                world.render(world.sample(i, Split.TRAIN), recipe.size(), frames, i).video()));
                        return vae.encode(clip).mean().square().mean().item_double();
                    }))
                    .average()
                    .orElseThrow();
            return Math.sqrt(square);
        }
    }

    private static ObjectNode config(VaeConfig c, double scalingFactor) {
        ObjectNode node = JSON.createObjectNode();
        node.put("_class_name", "AutoencoderKLCogVideoX");
        node.put("act_fn", "silu");
        c.blockOutChannels().forEach(node.putArray("block_out_channels")::add);
        blocks(node, "down_block_types", "CogVideoXDownBlock3D", c);
        node.put("force_upcast", true);
        node.put("in_channels", c.inChannels());
        node.put("invert_scale_latents", c.invertScaleLatents());
        node.put("latent_channels", c.latentChannels());
        node.put("layers_per_block", c.layersPerBlock());
        node.put("norm_eps", c.normEps());
        node.put("norm_num_groups", c.normGroups());
        node.put("out_channels", c.outChannels());
        node.put("sample_height", c.sampleHeight());
        node.put("sample_width", c.sampleWidth());
        node.put("scaling_factor", scalingFactor);
        node.put("temporal_compression_ratio", c.temporalCompression());
        blocks(node, "up_block_types", "CogVideoXUpBlock3D", c);
        node.put("use_post_quant_conv", false);
        node.put("use_quant_conv", false);
        return node;
    }

    private static void blocks(ObjectNode node, String key, String type, VaeConfig c) {
        var array = node.putArray(key);
        c.blockOutChannels().forEach(channels -> array.add(type));
    }

    private static void weights(Path file, Parameters parameters) throws IOException {
        Map<String, Tensor> half = new LinkedHashMap<>();
        try (Tensor values = Scopes.keep(() -> parameters.values().to(ScalarType.Half))) {
            half.putAll(parameters.parts(values));
            SafetensorsWriter.write(file, half, Map.of("format", "pt"));
        }
    }
}
