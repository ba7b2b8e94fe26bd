package kinema.cogvideox.vae;

import kinema.nn.OneDnn;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/** A 1×1×1 convolution: a linear map of the channels at every point. Immutable. */
final class PointConv3d {
    private static final long[] UNIT = {1, 1, 1};
    private static final long[] NONE = {0, 0, 0};

    private final Tensor weight; // (out, in, 1, 1, 1)
    private final Tensor bias; // (out)

    PointConv3d(Weights w, long in, long out) {
        this(w, in, out, Init.fanIn(in), Init.fanIn(in));
    }

    PointConv3d(Weights w, long in, long out, Init weightInit, Init biasInit) {
        weight = w.tensor("weight", weightInit, out, in, 1, 1, 1);
        bias = w.tensor("bias", biasInit, out);
    }

    /** (B, in, T, H, W) to (B, out, T, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> OneDnn.conv3d(x, weight, Tensors.some(bias), UNIT, NONE)); // (B, out, T, H, W)
    }
}
