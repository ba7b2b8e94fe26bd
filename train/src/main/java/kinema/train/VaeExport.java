package kinema.train;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
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
        VaeConfig config = vae.config().withScaling(1 / deviation, vae.config().invertScaleLatents());
        new ModelFolder(Path.of(recipe.model())).network("vae", config.toMap(), parameters);
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
}
