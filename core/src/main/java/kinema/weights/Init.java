package kinema.weights;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** How a new parameter starts when a network is trained from nothing. */
@FunctionalInterface
public interface Init {
    /** All zeros. */
    Init ZEROS = (t, rng) -> t.zero_();

    /** All ones. */
    Init ONES = (t, rng) -> {
        try (Scalar one = new Scalar(1.0)) {
            t.fill_(one);
        }
    };

    /** Fills the tensor in place. */
    void fill(Tensor tensor, Rng rng);

    /** Uniform in [-bound, bound]. */
    static Init uniform(double bound) {
        return (t, rng) -> rng.uniform(t, -bound, bound);
    }

    /** Uniform in ±1/√fanIn, PyTorch's start for linear and convolution layers. */
    static Init fanIn(long fanIn) {
        return uniform(1 / Math.sqrt(fanIn));
    }

    /** Uniform in ±√(3 / fanIn): the variance of values stays where no activation follows (LeCun et al. 1998, section 4.6). */
    static Init steady(long fanIn) {
        return uniform(Math.sqrt(3.0 / fanIn));
    }

    /** Uniform in ±√(6 / (in + out)): the variance of values and gradients stays (Glorot and Bengio 2010). */
    static Init xavier(long in, long out) {
        return uniform(Math.sqrt(6.0 / (in + out)));
    }

    /** Normal with mean 0. */
    static Init normal(double deviation) {
        return (t, rng) -> rng.normal(t, 0, deviation);
    }
}
