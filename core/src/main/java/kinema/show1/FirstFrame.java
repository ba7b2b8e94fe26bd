package kinema.show1;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The first frame enlarged, by a network for single pictures.
 *
 * @param small (1, 3, F, h, w)
 * @param enlarging makes what the network is shown
 */
record FirstFrame(Tensor small, Enlarging enlarging) implements Windows {
    @Override
    public int count() {
        return 1;
    }

    @Override
    public Start begin(int window, @Nullable Tensor made, Rng rng) {
        Tensor noise = rng.randn(1, 3, 1, small.size(3) * enlarging.scale(), small.size(4) * enlarging.scale());
        return new Start(noise, enlarging.of(small.narrow(2, 0, 1), rng));
    }

    @Override
    public Tensor add(int window, Tensor sample, @Nullable Tensor made) {
        return sample;
    }
}
