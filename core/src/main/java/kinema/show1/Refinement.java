package kinema.show1;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The latents of all frames in one window, from noisy ones. The network was made an expert of the timesteps below 900.
 *
 * @param noisy (1, Z, F, h, w)
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.5: expert translation</a>
 */
record Refinement(Tensor noisy) implements Windows {
    @Override
    public int count() {
        return 1;
    }

    @Override
    public Start begin(int window, @Nullable Tensor made, Rng rng) {
        return new Start(noisy.alias(), null);
    }

    @Override
    public Tensor add(int window, Tensor sample, @Nullable Tensor made) {
        return sample;
    }
}
