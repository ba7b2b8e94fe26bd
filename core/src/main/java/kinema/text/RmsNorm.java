package kinema.text;

import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** T5's layer norm: divides the last axis by its root mean square, without mean and bias; statistics in float32. */
final class RmsNorm {
    private final double eps;
    private final Tensor weight; // (C)

    RmsNorm(Weights w, long width, double eps) {
        this.eps = eps;
        weight = w.tensor("weight", Init.ONES, width);
    }

    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor wide = x.to(ScalarType.Float); // (…, C)
            Tensor square = wide.mul(wide).mean(new long[] {-1}, true, new ScalarTypeOptional()); // (…, 1)
            Tensor scale = square.add(new Scalar(eps)).rsqrt(); // (…, 1)
            return weight.mul(wide.mul(scale).to(weight.scalar_type())); // (…, C)
        });
    }
}
