package kinema.diffusion;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Latents on their way from noise to picture: what one step of a sampler leaves for the next.
 *
 * @param latents as noisy as the step's timestep says
 * @param clean x0, what the step before took the finished latents to be; null before the first step
 */
public record Denoised(Tensor latents, @Nullable Tensor clean) {
    /** Latents no step was taken from yet. */
    public static Denoised start(Tensor latents) {
        return new Denoised(latents, null);
    }

    /** All its tensors. */
    public List<Tensor> tensors() {
        return clean == null ? List.of(latents) : List.of(latents, clean);
    }
}
