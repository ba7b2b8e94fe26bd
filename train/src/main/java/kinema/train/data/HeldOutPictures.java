package kinema.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import kinema.Video;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
import kinema.train.PictureMetrics;
import kinema.train.Run;
import kinema.train.Strip;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** How well an autoencoder brings back pictures that it is never trained on. */
public final class HeldOutPictures {
    private static final int SHOWN = 8;

    private HeldOutPictures() {}

    /**
     * Measures a source's held-out pictures and draws some of them above what comes back.
     *
     * @param size of clips of one frame
     * @param back what the network makes of a picture, (1, 3, 1, H, W) in [-1, 1]
     * @return the measures in words
     */
    public static String show(Run run, long step, ClipSource source, Shape size, UnaryOperator<Tensor> back) {
        List<Video> clips = SlotClips.heldOut(source, size).clips();
        double[] sums = new double[2];
        List<byte[]> given = new ArrayList<>();
        List<byte[]> made = new ArrayList<>();
        try (NoGradGuard guard = new NoGradGuard()) {
            for (Video clip : clips) {
                Scopes.run(() -> {
                    Tensor video = Clips.batch(List.of(clip)); // (1, 3, 1, H, W)
                    Tensor again = back.apply(video); // (1, 3, 1, H, W)
                    sums[0] += PictureMetrics.psnr(again.sub(video));
                    sums[1] += PictureMetrics.ssim(again, video);
                    given.add(clip.frames().get(0));
                    made.add(
                            Clips.video(again.select(0, 0), clip.fps()).frames().get(0));
                });
            }
        }
        Strip.write(run.folder().sample(step), List.of(row(clips.get(0), given), row(clips.get(0), made)), 1);
        return String.format(
                Locale.ROOT,
                "held-out pictures: %.2f dB PSNR, %.4f SSIM",
                sums[0] / clips.size(),
                sums[1] / clips.size());
    }

    private static Video row(Video like, List<byte[]> pictures) {
        return new Video(like.width(), like.height(), like.fps(), pictures.subList(0, SHOWN));
    }
}
