package kinema;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between frames in Java's memory and tensors. T frames, H W rows and columns. */
final class FrameTensors {
    private FrameTensors() {}

    /** The first {@code count} frames of a video in the size asked for: (T, H, W, 3) uint8. */
    static Tensor of(Video video, int count, int width, int height, Fit fit) {
        return next(FrameStream.of(video).resized(width, height, fit), count);
    }

    /** The next {@code count} frames: (T, H, W, 3) uint8. */
    static Tensor next(FrameStream video, long count) {
        return Scopes.keep(() -> {
            long[] shape = {count, video.height(), video.width(), 3};
            Tensor frames = torch.empty(shape, Dtypes.options(ScalarType.Byte), null);
            BytePointer bytes = bytes(frames);
            long size = frames.numel() / count;
            for (long t = 0; t < count; t++) {
                bytes.position(t * size).put(video.next());
            }
            return frames;
        });
    }

    /** Rounds (T, H, W, 3) in [0, 1] to bytes, one array a frame. */
    static List<byte[]> toBytes(Tensor video) {
        return Scopes.run(() -> {
            Tensor rounded =
                    video.mul(new Scalar(255.0)).round().to(ScalarType.Byte).contiguous(); // (T, H, W, 3)
            int size = Math.toIntExact(video.size(1) * video.size(2) * video.size(3));
            BytePointer bytes = bytes(rounded);
            List<byte[]> frames = new ArrayList<>();
            for (long t = 0; t < video.size(0); t++) {
                byte[] frame = new byte[size];
                bytes.position(t * size).get(frame);
                frames.add(frame);
            }
            return frames;
        });
    }

    private static BytePointer bytes(Tensor tensor) {
        return new BytePointer(tensor.data_ptr()).capacity(tensor.numel());
    }
}
