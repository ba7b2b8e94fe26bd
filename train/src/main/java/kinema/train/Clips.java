package kinema.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.Video;
import kinema.tensor.Scopes;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between videos in plain memory and the tensors networks see. */
public final class Clips {
    private Clips() {}

    /**
     * A batch of videos of one size and length.
     *
     * @return (B, 3, T, H, W) float32 in [-1, 1]
     */
    public static Tensor batch(List<Video> videos) {
        Video first = videos.get(0);
        int frames = first.frames().size();
        int frameBytes = first.width() * first.height() * 3;
        byte[] all = new byte[videos.size() * frames * frameBytes];
        int at = 0;
        for (Video video : videos) {
            for (byte[] frame : video.frames()) {
                System.arraycopy(frame, 0, all, at, frameBytes);
                at += frameBytes;
            }
        }
        return Scopes.keep(() -> Tensor.create(all, false, videos.size(), frames, first.height(), first.width(), 3)
                .permute(0, 4, 1, 2, 3) // (B, 3, T, H, W)
                .to(ScalarType.Float)
                .div(new Scalar(127.5))
                .sub(new Scalar(1.0))
                .contiguous());
    }

    /**
     * One clip as a video.
     *
     * @param clip (3, T, H, W), about [-1, 1]; clamped
     */
    public static Video video(Tensor clip, double fps) {
        int height = Math.toIntExact(clip.size(2));
        int width = Math.toIntExact(clip.size(3));
        byte[] all = new byte[Math.toIntExact(clip.numel())];
        Scopes.run(() -> {
            Tensor rgb = clip.detach()
                    .permute(1, 2, 3, 0) // (T, H, W, 3)
                    .add(new Scalar(1.0))
                    .mul(new Scalar(127.5))
                    .round()
                    .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(255.0)))
                    .to(ScalarType.Byte)
                    .contiguous();
            new BytePointer(rgb.data_ptr()).get(all);
        });
        int frameBytes = height * width * 3;
        List<byte[]> frames = new ArrayList<>();
        for (int at = 0; at < all.length; at += frameBytes) {
            frames.add(Arrays.copyOfRange(all, at, at + frameBytes));
        }
        return new Video(width, height, fps, frames);
    }
}
