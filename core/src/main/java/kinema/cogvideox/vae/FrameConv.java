package kinema.cogvideox.vae;

import kinema.nn.OneDnn;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/** A 3×3 convolution of every frame by itself, run as a 1×3×3 convolution so that no axis has to move. Immutable. */
final class FrameConv {
    private final Tensor weight; // (C, C, 3, 3)
    private final Tensor bias; // (C)
    private final long[] stride;
    private final long[] padding;

    /** A convolution with the given stride and zero padding of rows and columns. */
    FrameConv(Weights w, long channels, long stride, long padding) {
        Init init = Init.fanIn(channels * 9);
        weight = w.at("conv").tensor("weight", init, channels, channels, 3, 3);
        bias = w.at("conv").tensor("bias", init, channels);
        this.stride = new long[] {1, stride, stride};
        this.padding = new long[] {0, padding, padding};
    }

    /** (B, C, T, H, W) to (B, C, T, H', W'). */
    Tensor forward(Tensor x) {
        return OneDnn.conv3d(x, weight.unsqueeze(2), Tensors.some(bias), stride, padding);
    }
}
