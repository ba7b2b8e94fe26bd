package kinema.train;

import java.util.List;
import kinema.Video;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How far an autoencoder's pictures are from those it was given: absolute and squared difference and difference of edges, all
 * stronger where the subject is.
 *
 * <p>Axes: B batch, T H W frames, rows, columns of pixels.
 *
 * @param l1 weight of the mean absolute difference
 * @param l2 weight of the mean squared difference
 * @param subject how much more than the background the subject's pixels count, for sources that know it
 * @param edges weight of the mean absolute difference of neighbouring pixels' differences
 */
public record PictureLoss(double l1, double l2, double subject, double edges) {
    private static final long ROWS = 3;
    private static final long COLUMNS = 4;

    /** Checks the ranges. */
    public PictureLoss {
        check(l1, l2, subject, edges);
    }

    /** Throws when a recipe's weights are out of their ranges. */
    public static void check(double l1, double l2, double subject, double edges) {
        Recipes.require(
                l1 >= 0 && l2 >= 0 && l1 + l2 > 0, "l1 and l2 must be 0 or more, and one above 0", l1 + ", " + l2);
        Recipes.require(subject >= 0, "subject must be 0 or more", subject);
        Recipes.require(edges >= 0, "edges must be 0 or more", edges);
    }

    /**
     * The loss.
     *
     * @param difference (B, 3, T, H, W) of pixels in [-1, 1]
     * @param masks of the clips' subjects; none where the source does not know
     * @return a scalar
     */
    public Tensor of(Tensor difference, List<Video> masks) {
        return Scopes.keep(() -> {
            Tensor weighted = masks.isEmpty() ? difference : difference.mul(weight(masks));
            Tensor absolute = weighted.abs().mean().mul(new Scalar(l1));
            Tensor squared = weighted.mul(difference).mean().mul(new Scalar(l2));
            Tensor outlines =
                    edges(weighted, ROWS).add(edges(weighted, COLUMNS)).mul(new Scalar(edges));
            return absolute.add(squared).add(outlines);
        });
    }

    /** What a pixel's difference counts: 1, and more where the subject is; (B, 3, T, H, W). */
    private Tensor weight(List<Video> masks) {
        return Scopes.keep(() -> Clips.batch(masks)
                .add(new Scalar(1.0))
                .mul(new Scalar(subject / 2))
                .add(new Scalar(1.0)));
    }

    /** Mean absolute difference of neighbours along an axis. */
    private static Tensor edges(Tensor x, long axis) {
        long n = x.size(axis) - 1;
        return Scopes.keep(
                () -> x.narrow(axis, 1, n).sub(x.narrow(axis, 0, n)).abs().mean());
    }
}
