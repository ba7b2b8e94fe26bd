package kinema.nn;

import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A number per sample, such as its timestep, as a vector: cosines and sines of falling frequency, then two linear maps.
 *
 * <p>Axes: B batch, I width of the sinusoids, E width of the embedding. Immutable; safe to share between threads.
 */
public final class TimeEmbedding {
    private static final double MAX_PERIOD = 10_000;
    private static final double DEVIATION = 0.02; // of new weights, as in DiT

    private final long sinusoids;
    private final Activation activation;
    private final Linear linear1, linear2;

    /** An embedding with an activation between its two maps. */
    public TimeEmbedding(Weights w, long sinusoids, long width, Activation activation) {
        this.sinusoids = sinusoids;
        this.activation = activation;
        linear1 = Linear.zeroBias(w.at("linear_1"), sinusoids, width, Init.normal(DEVIATION));
        linear2 = Linear.zeroBias(w.at("linear_2"), width, width, Init.normal(DEVIATION));
    }

    /**
     * Embeds.
     *
     * @param values (B), any number type
     * @return (B, E), in the weights' dtype
     */
    public Tensor forward(Tensor values) {
        return Scopes.keep(() -> {
            Tensor x = linear1.adopt(sinusoid(values, sinusoids)); // (B, I)
            return linear2.forward(activation.of(linear1.forward(x))); // (B, E)
        });
    }

    /** Cosines, then sines, of values times 10000^(-i/half); in float32 throughout, as the weights were trained. */
    static Tensor sinusoid(Tensor values, long width) {
        return Scopes.keep(() -> {
            long half = width / 2;
            Tensor index = torch.arange(new Scalar(half), Dtypes.options(ScalarType.Float)); // (I/2)
            Tensor exponent = index.mul(new Scalar(-Math.log(MAX_PERIOD))).div(new Scalar((double) half)); // (I/2)
            Tensor angle = values.to(ScalarType.Float).unsqueeze(1).mul(exponent.exp()); // (B, I/2)
            return Tensors.cat(1, angle.cos(), angle.sin()); // (B, I)
        });
    }
}
