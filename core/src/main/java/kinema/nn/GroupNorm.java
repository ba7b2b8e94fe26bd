package kinema.nn;

import java.util.List;
import java.util.function.UnaryOperator;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Group normalisation of axis 1 with scale and bias. Immutable; safe to share between threads. */
public final class GroupNorm {
    private static final long[] POINTS = {2, 3, 4};

    /** x·scale + shift, each (B, channels, 1, 1, 1). */
    public record Affine(Tensor scale, Tensor shift) {}

    private final long groups;
    private final double eps;
    private final Tensor weight; // (channels)
    private final Tensor bias; // (channels)

    /** A norm over {@code groups} groups of {@code channels} channels. */
    public GroupNorm(Weights w, long channels, long groups, double eps) {
        this.groups = groups;
        this.eps = eps;
        weight = w.tensor("weight", Init.ONES, channels);
        bias = w.tensor("bias", Init.ZEROS, channels);
    }

    /**
     * Normalises.
     *
     * @param x (B, channels, …)
     * @return the shape of {@code x}
     */
    public Tensor forward(Tensor x) {
        return Scopes.keep(() -> Kernels.groupNorm(x, groups, weight, bias, eps)); // as x
    }

    /**
     * Takes the statistics of parts that belong together, without memory for more than one of them; not for autograd.
     *
     * @param parts each (B, channels, t, H, W), one after the other in t; none longer than the last
     * @return the map that normalises each part
     */
    public Affine fit(List<Tensor> parts) {
        return Scopes.keepAll(
                () -> {
                    Tensor mean = mean(parts, x -> x);
                    Tensor largest = parts.get(parts.size() - 1);
                    Tensor scratch = torch.empty_like(largest, float32(largest), new MemoryFormatOptional());
                    Tensor variance = mean(parts, x -> {
                        Tensor centred = scratch.narrow(2, 0, x.size(2));
                        torch.sub_out(centred, x, mean);
                        return torch.square_(centred);
                    });
                    Tensor scale =
                            perChannel(weight).mul(variance.add(new Scalar(eps)).rsqrt());
                    return new Affine(scale, perChannel(bias).sub(mean.mul(scale)));
                },
                map -> List.of(map.scale, map.shift));
    }

    /** The mean of each channel's group over all points of all parts: float32 (B, channels, 1, 1, 1). */
    private Tensor mean(List<Tensor> parts, UnaryOperator<Tensor> value) {
        return Scopes.keep(() -> {
            long[] shape = parts.get(0).shape();
            long size = shape[1] / groups; // channels
            Tensor sums = torch.zeros(new long[] {shape[0], shape[1]}, float32(parts.get(0)));
            long points = 0;
            for (Tensor x : parts) {
                Scopes.run(() -> {
                    sums.add_(value.apply(x)
                            .sum(POINTS, false, new ScalarTypeOptional(ScalarType.Float))); // (B, channels)
                });
                points += x.size(2) * x.size(3) * x.size(4);
            }
            return sums.view(shape[0], groups, size)
                    .mean(new long[] {2}, true, new ScalarTypeOptional()) // (B, groups, 1)
                    .div(new Scalar((double) points))
                    .expand(shape[0], groups, size)
                    .reshape(shape[0], shape[1], 1, 1, 1);
        });
    }

    private static TensorOptions float32(Tensor x) {
        return x.options().dtype(new ScalarTypeOptional(ScalarType.Float));
    }

    private static Tensor perChannel(Tensor x) {
        return x.view(1, -1, 1, 1, 1);
    }
}
