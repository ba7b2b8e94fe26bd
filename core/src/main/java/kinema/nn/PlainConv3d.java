package kinema.nn;

import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Convolution by libtorch's own code, without oneDNN: matrix products over the input unfolded. It goes some rows at a
 * time, since the unfolded input has as many times the input's size as the kernel has points. Immutable.
 */
final class PlainConv3d {
    /** For use: what is unfolded at a time is large enough for fast products. */
    static final PlainConv3d USUAL = new PlainConv3d(1 << 26);

    private final long mostUnfolded; // bytes

    PlainConv3d(long mostUnfolded) {
        this.mostUnfolded = mostUnfolded;
    }

    /** As {@link OneDnn#conv3d}. */
    Tensor forward(Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
        return Scopes.keep(() -> {
            long[] kernel = {weight.size(2), weight.size(3), weight.size(4)};
            Tensor padded = pad(x, padding); // (B, in, T, H, W)
            long rows = (padded.size(3) - kernel[1]) / stride[1] + 1;
            long points = padded.size(2) * padded.size(4) * weight.numel() / weight.size(0);
            long most = Math.max(1, mostUnfolded / (points * Dtypes.bytes(x.scalar_type())));
            TensorVector parts = new TensorVector();
            for (long start = 0; start < rows; start += most) {
                long count = Math.min(most, rows - start);
                Tensor seen = padded.narrow(3, start * stride[1], (count - 1) * stride[1] + kernel[1]);
                parts.push_back(Kernels.slowConv3d(seen, weight, bias, stride));
            }
            return torch.cat(parts, 3).contiguous(MemoryFormat.ChannelsLast3d); // (B, out, T', H', W')
        });
    }

    private static Tensor pad(Tensor x, long[] padding) {
        long t = padding[0];
        long h = padding[1];
        long w = padding[2];
        return torch.constant_pad_nd(x, new long[] {w, w, h, h, t, t}, new Scalar(0));
    }
}
