package kinema.cogvideo.image;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Between pictures and the tokens of the grid they are coded as.
 *
 * <p>Axes: n pictures, N tokens of one, a square grid, S rows and columns of pixels. Immutable.
 *
 * @param autoencoder the codes' network
 * @param rate rows and columns of pixels that a token stands for
 * @param stretched whether a picture's darkest and lightest values become 0 and 1, as the authors' script has it; else what is
 *     beyond is cut off
 */
public record Pictures(ImageAutoencoder autoencoder, int rate, boolean stretched) {
    private static final double LEAST_RANGE = 1e-5;

    /**
     * Pictures of tokens.
     *
     * @param ids (n, N) int64
     * @return (n, S, S, 3) float32 in [0, 1]
     */
    public Tensor of(Tensor ids) {
        return Scopes.keep(() -> {
            long grid = Math.round(Math.sqrt(ids.size(1)));
            Tensor[] all = new Tensor[Math.toIntExact(ids.size(0))];
            for (int i = 0; i < all.length; i++) {
                Tensor one = ids.narrow(0, i, 1).view(1, grid, grid);
                all[i] = Scopes.keep(() -> shown(autoencoder.decode(one, rate)).permute(0, 2, 3, 1)); // (1, S, S, 3)
            }
            return torch.cat(new TensorVector(all), 0); // (n, S, S, 3)
        });
    }

    /** The same with rows and columns several times as many, each repeated. */
    public static Tensor enlarged(Tensor pictures, long times) {
        return Scopes.keep(() -> pictures.repeat_interleave(times, new LongOptional(1), new LongOptional())
                .repeat_interleave(times, new LongOptional(2), new LongOptional()));
    }

    /**
     * Tokens of one picture.
     *
     * @param picture (1, H, W, 3) uint8, square, a multiple of the size
     * @param grid rows of tokens
     * @return (1, N) int64
     */
    public Tensor tokens(Tensor picture, long grid) {
        return Scopes.keep(() -> {
            long times = picture.size(1) / (grid * rate);
            Tensor pixels = picture.permute(0, 3, 1, 2).to(ScalarType.Float).div(new Scalar(255.0)); // (1, 3, H, W)
            long[] cell = {times, times};
            Tensor small = torch.avg_pool2d(pixels, cell, cell, new long[] {0, 0}, false, true, null); // (1, 3, S, S)
            return autoencoder.encode(small, rate).flatten(1, 2); // (1, N)
        });
    }

    /** One picture's values, (1, 3, S, S), in [0, 1]. */
    private Tensor shown(Tensor pixels) {
        if (!stretched) {
            return pixels.clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
        }
        return Scopes.keep(() -> {
            double least = pixels.min().item_double();
            double range = Math.max(pixels.max().item_double() - least, LEAST_RANGE);
            return pixels.sub(new Scalar(least)).div(new Scalar(range));
        });
    }
}
