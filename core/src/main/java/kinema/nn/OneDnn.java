package kinema.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Convolutions by oneDNN, asked for by name: PyTorch's own choice passes over it for kernels of one point and, in three
 * dimensions, does not keep the channels-last layout, which costs two copies a convolution.
 */
public final class OneDnn {
    private static final boolean PRESENT = torch.hasMKLDNN();

    private OneDnn() {}

    /** Whether oneDNN is built in and {@code x} is of the kind it is fast with: float32 in a CPU's memory. */
    static boolean takes(Tensor x) {
        return PRESENT && x.is_cpu() && x.scalar_type().intern() == ScalarType.Float;
    }

    /**
     * Convolves, by oneDNN where it can. A channels-last {@code x} gives a channels-last result.
     *
     * @param x (B, in, T, H, W)
     * @param weight (out, in, kernel of T, H and W)
     * @param bias (out)
     * @param stride of T, H and W
     * @param padding zeros on both sides of T, H and W
     * @return (B, out, T', H', W')
     */
    public static Tensor conv3d(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        long[] dilation = {1, 1, 1};
        return takes(x)
                ? torch.mkldnn_convolution(x, weight, bias, padding, stride, dilation, 1)
                : torch.conv3d(x, weight, bias, stride, padding, dilation, 1);
    }
}
