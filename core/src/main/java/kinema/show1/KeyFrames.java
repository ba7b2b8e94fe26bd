package kinema.show1;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Key frames from noise alone, all in one window. */
record KeyFrames(Show1Size size) implements Windows {
    @Override
    public int count() {
        return 1;
    }

    @Override
    public Start begin(int window, @Nullable Tensor made, Rng rng) {
        return new Start(rng.randn(1, 3, size.keys(), size.keyHeight(), size.keyWidth()), null);
    }

    @Override
    public Tensor add(int window, Tensor sample, @Nullable Tensor made) {
        return sample;
    }
}
