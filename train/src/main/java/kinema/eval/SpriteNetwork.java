package kinema.eval;

import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A small convolutional network that outlines the subject of a frame and names it.
 *
 * <p>The outline comes from features at a quarter and an eighth of the frame's side, joined as in a U-Net's decoder. The
 * name comes from a close-up: what the outline covers, cut out and scaled to one size, with the outline as a fourth
 * channel. So it depends neither on the subject's place nor on its size.
 *
 * <p>Axes: B frames, K subjects. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/1505.04597">U-Net</a>
 */
public final class SpriteNetwork {
    /** Rows and columns of the frames it takes. */
    public static final int SIDE = 64;

    /** Rows and columns of the outline. */
    public static final int MASK_SIDE = 32;

    private static final long[] QUARTER_SIDE = {SIDE / 4, SIDE / 4};
    private static final long[] UNIT = {1, 1};

    /**
     * What it says.
     *
     * @param subjects logits, (B, K)
     * @param mask logits of the outline, (B, 1, 32, 32)
     */
    public record Output(Tensor subjects, Tensor mask) {}

    private final ConvBlock stem;
    private final ConvBlock toQuarter;
    private final ConvBlock quarter;
    private final ConvBlock toEighth;
    private final ConvBlock eighth;
    private final ConvBlock join;
    private final Tensor outline; // (4, 32, 3, 3): the four mask cells of each position
    private final Tensor outlineBias; // (4)
    private final SpriteClassifier classifier;

    /** A network for {@code subjects} names. */
    public SpriteNetwork(Weights w, long subjects) {
        stem = new ConvBlock(w.at("stem"), 3, 16, 5, 2);
        toQuarter = new ConvBlock(w.at("to_quarter"), 16, 32, 3, 2);
        quarter = new ConvBlock(w.at("quarter"), 32, 32, 3, 1);
        toEighth = new ConvBlock(w.at("to_eighth"), 32, 64, 3, 2);
        eighth = new ConvBlock(w.at("eighth"), 64, 64, 3, 1);
        join = new ConvBlock(w.at("join"), 96, 32, 1, 1);
        outline = w.at("outline").tensor("weight", Init.fanIn(32 * 9), 4, 32, 3, 3);
        outlineBias = w.at("outline").tensor("bias", Init.ZEROS, 4);
        classifier = new SpriteClassifier(w.at("classifier"), subjects);
    }

    /**
     * Looks at frames.
     *
     * @param frames (B, 3, 64, 64) in [-1, 1]
     */
    public Output forward(Tensor frames) {
        return Scopes.keepAll(
                () -> {
                    Tensor half = stem.forward(frames); // (B, 16, 32, 32)
                    Tensor fine = quarter.forward(toQuarter.forward(half)); // (B, 32, 16, 16)
                    Tensor coarse = eighth.forward(toEighth.forward(fine)); // (B, 64, 8, 8)
                    Tensor mask = outline(fine, coarse); // (B, 1, 32, 32)
                    Tensor covered = mask.detach().sigmoid(); // naming does not teach outlining
                    Tensor subjects = classifier.forward(CloseUp.cut(frames, covered)); // (B, K)
                    return new Output(subjects, mask);
                },
                out -> List.of(out.subjects(), out.mask()));
    }

    private Tensor outline(Tensor fine, Tensor coarse) {
        return Scopes.keep(() -> {
            Tensor up = torch.upsample_nearest2d(coarse, QUARTER_SIDE); // (B, 64, 16, 16)
            Tensor joined = join.forward(Tensors.cat(1, fine, up)); // (B, 32, 16, 16)
            Tensor cells =
                    torch.conv2d(joined, outline, Tensors.some(outlineBias), UNIT, UNIT, UNIT, 1); // (B, 4, 16, 16)
            return torch.pixel_shuffle(cells, 2); // (B, 1, 32, 32)
        });
    }
}
