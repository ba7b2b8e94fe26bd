package kinema.show1;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.Pixels;
import kinema.tensor.Dtypes;
import kinema.tensor.Resampling;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Frames in 8 bits, as the expert is given them: cut off to whole numbers, not rounded. F frames, H W rows, columns. */
final class FrameBytes {
    private static final double MOST = 255;

    private FrameBytes() {}

    /** (1, 3, F, H, W), about [-1, 1], to (F, H, W, 3) uint8. */
    static Tensor of(Tensor video) {
        return Scopes.keep(() -> Pixels.fromNetwork(video).mul(new Scalar(MOST)).to(ScalarType.Byte));
    }

    /** (F, H, W, 3) uint8 in another size. */
    static Tensor resized(Tensor frames, int width, int height) {
        int oldHeight = Math.toIntExact(frames.size(1)), oldWidth = Math.toIntExact(frames.size(2));
        return Scopes.keep(() -> {
            List<Tensor> resized = new ArrayList<>();
            for (long i = 0; i < frames.size(0); i++) {
                byte[] rgb = bytes(frames.select(0, i).contiguous());
                byte[] made = Resampling.BICUBIC.resize(rgb, oldWidth, oldHeight, width, height);
                resized.add(tensor(made, 1, height, width, 3));
            }
            return Tensors.cat(0, resized.toArray(Tensor[]::new)); // (F, H', W', 3)
        });
    }

    /** (F, H, W, 3) uint8 to (F, 3, H, W) in [-1, 1]. */
    static Tensor forVae(Tensor frames) {
        return Scopes.keep(
                () -> Pixels.toNetwork(frames).squeeze(0).transpose(0, 1).contiguous());
    }

    private static byte[] bytes(Tensor frame) {
        byte[] bytes = new byte[Math.toIntExact(frame.numel())];
        new BytePointer(frame.data_ptr()).get(bytes);
        return bytes;
    }

    private static Tensor tensor(byte[] bytes, long... shape) {
        Tensor tensor = torch.empty(shape, Dtypes.options(ScalarType.Byte), null);
        new BytePointer(tensor.data_ptr()).put(bytes);
        return tensor;
    }
}
