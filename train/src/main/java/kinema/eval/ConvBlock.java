package kinema.eval;

import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A convolution of a picture, group norm, SiLU. Immutable. */
final class ConvBlock {
    private static final long[] UNIT = {1, 1};
    private static final long GROUPS = 8;

    private final Tensor weight; // (out, in, k, k)
    private final GroupNorm norm;
    private final long[] stride;
    private final long[] padding;

    /**
     * A block.
     *
     * @param kernel side of the convolution, odd
     * @param stride 1 keeps rows and columns, 2 halves them
     */
    ConvBlock(Weights w, long in, long out, long kernel, long stride) {
        weight = w.at("conv").tensor("weight", Init.fanIn(in * kernel * kernel), out, in, kernel, kernel);
        norm = new GroupNorm(w.at("norm"), out, GROUPS, 1e-5);
        this.stride = new long[] {stride, stride};
        this.padding = new long[] {kernel / 2, kernel / 2};
    }

    /** (B, in, H, W) to (B, out, H / stride, W / stride). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> torch.silu(
                norm.forward(torch.conv2d(x, weight, Tensors.none(), stride, padding, UNIT, 1)))); // (B, out, H', W')
    }
}
