package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.TrainingListener;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Finishes a trained VAE: measures its scaling factor and writes it in the published layout. */
final class VaeExport {
    private static final int MEASURED_CLIPS = 64;

    private final VaeRecipe recipe;
    private final ClipSource source;
    private final TrainingListener listener;

    VaeExport(VaeRecipe recipe, ClipSource source, TrainingListener listener) {
        this.recipe = recipe;
        this.source = source;
        this.listener = listener;
    }

    void write(Vae vae, Parameters parameters) {
        double deviation = deviation(vae);
        VaeConfig config = vae.config().withScaling(1 / deviation, vae.config().invertScaleLatents());
        new TrainedFolder(Path.of(recipe.model())).network("vae", config.toMap(), parameters);
        listener.line("wrote " + recipe.model() + "/vae; its latents have deviation " + deviation);
    }

    /** The deviation of the latents over clips of the source; its inverse is the scaling factor. */
    private double deviation(Vae vae) {
        int frames = recipe.stages().get(recipe.stages().size() - 1).frames();
        ClipSource.Shape shape = new ClipSource.Shape(recipe.size(), recipe.size(), frames);
        try (NoGradGuard guard = new NoGradGuard()) {
            double square = IntStream.range(0, MEASURED_CLIPS)
                    .mapToDouble(i -> Scopes.run(() -> {
                        Tensor clip = Clips.batch(List.of(source.clip(i, shape).video()));
                        return vae.encode(clip).mean().square().mean().item_double();
                    }))
                    .average()
                    .orElseThrow();
            return Math.sqrt(square);
        }
    }
}
