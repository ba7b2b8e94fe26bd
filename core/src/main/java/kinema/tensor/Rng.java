package kinema.tensor;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Random numbers of libtorch's CPU generator (Mersenne twister): for a seed, the same as PyTorch's in Python.
 *
 * <p>Not thread-safe: the order of draws is part of a run's result. Close it to free the native generator.
 */
public final class Rng implements AutoCloseable {
    private final Generator generator;

    /** A generator that starts from {@code seed}. */
    public Rng(long seed) {
        generator = Scopes.own(torch.make_generator_cpu(seed));
    }

    /** A generator that goes on from a saved {@link #state}. */
    public static Rng from(Tensor state) {
        Rng rng = new Rng(0);
        rng.restore(state);
        return rng;
    }

    /** Standard normal numbers, float32. */
    public Tensor randn(long... shape) {
        return Scopes.keep(
                () -> torch.randn(shape, new GeneratorOptional(generator), Dtypes.options(ScalarType.Float)));
    }

    /** Uniform numbers in [0, 1), float32. */
    public Tensor rand(long... shape) {
        return Scopes.keep(() -> torch.rand(shape, new GeneratorOptional(generator), Dtypes.options(ScalarType.Float)));
    }

    /**
     * Exponential numbers of rate 1, float32. An index is drawn with probabilities p by the largest of p / these, as PyTorch's
     * multinomial does it.
     */
    public Tensor exponential(long... shape) {
        return Scopes.keep(() -> {
            Tensor t = torch.empty(shape, Dtypes.options(ScalarType.Float), null);
            t.exponential_(1, new GeneratorOptional(generator));
            return t;
        });
    }

    /** Ones with a probability, else zeros, float32. */
    public Tensor bernoulli(double probability, long... shape) {
        return Scopes.keep(() -> {
            Tensor t = torch.empty(shape, Dtypes.options(ScalarType.Float), null);
            t.bernoulli_(probability, new GeneratorOptional(generator));
            return t;
        });
    }

    /** Fills {@code t} in place with uniform numbers in [low, high). */
    public void uniform(Tensor t, double low, double high) {
        Scopes.run(() -> {
            t.uniform_(low, high, new GeneratorOptional(generator));
        });
    }

    /** Fills {@code t} in place with normal numbers. */
    public void normal(Tensor t, double mean, double deviation) {
        Scopes.run(() -> {
            t.normal_(mean, deviation, new GeneratorOptional(generator));
        });
    }

    /** The generator's state, a byte tensor to be given to {@link #restore} later. */
    public Tensor state() {
        return generator.get_state();
    }

    /** Goes back to a saved state. */
    public void restore(Tensor state) {
        generator.set_state(state);
    }

    @Override
    public void close() {
        Scopes.free(generator);
    }
}
