package kinema.cogvideo.upscale;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes a large picture's tokens anew in six rounds, of which each takes fewer of them than the one before and draws them all
 * in one pass. Close it; not thread-safe.
 *
 * <p>Axes: N tokens of a picture, V image tokens. As the authors do it, random numbers are drawn for the text's slots too and
 * thrown away.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.2</a>
 */
public final class Refining implements AutoCloseable {
    /** The number of rounds. */
    public static final int ROUNDS = 6;

    /** In round r the places of value r and above are made anew; the pattern is laid side by side over the picture. */
    private static final int[][] PATTERN = {
        {-1, 0, 1, 2, 3, 4},
        {0, -1, 2, -1, -2, 5},
        {1, -2, 3, 4, 5, 6},
        {2, 3, 4, 5, -1, 1},
        {3, -1, -2, 0, -1, 2},
        {4, 5, 6, 1, 3, -2},
    };

    private static final int[] LIKELIEST = {40, 40, 40, 20, 20, 10}; // tokens to draw from, of each round
    private static final long ROWS = 256; // whose scores are in memory together

    private final Refiner refiner;
    private final LocalAttention local;

    /** Refinement by a network that must stay in memory until this is closed. */
    public Refining(Refiner refiner) {
        this.refiner = refiner;
        RefinerConfig c = refiner.config();
        int kernel = Math.toIntExact(c.kernel());
        int grid = Math.toIntExact(c.grid());
        local = new LocalAttention(new LocalAttention.Geometry(grid, bands(grid), 2 * kernel - 1, kernel, 0));
    }

    /** Any number of rows that divides the picture's serves; three at once, where they do, save copies. */
    private static int bands(int grid) {
        return grid % 3 == 0 ? grid / 3 : grid;
    }

    /**
     * One round.
     *
     * @param text ids of the prompt, of which the first are used
     * @param tokens (N) ids that stand
     * @param placeholder the token that starts an image
     * @param round from 1 to {@link #ROUNDS}
     * @return (N) int64
     */
    public Tensor round(long[] text, Tensor tokens, long placeholder, int round, Rng rng) {
        RefinerConfig c = refiner.config();
        return Scopes.keep(() -> {
            Tensor states = states(text, tokens, placeholder, round); // (N, D)
            Tensor noise = rng.exponential(c.textTokens() + c.tokens(), c.base().imageTokens())
                    .narrow(0, c.textTokens(), c.tokens()); // (N, V)
            Tensor drawn = draw(states, noise, LIKELIEST[round - 1]); // (N)
            return torch.where(anew(round), drawn, tokens); // (N)
        });
    }

    /** The states (N, D) of a round's tokens, of which those to be made anew are hidden. */
    Tensor states(long[] text, Tensor tokens, long placeholder, int round) {
        return Scopes.keep(() -> {
            long[] used = Arrays.copyOf(
                    text, (int) Math.min(text.length, refiner.config().textTokens()));
            Tensor standing =
                    tokens.masked_fill(anew(round), new Scalar(placeholder)).unsqueeze(0); // (1, N)
            return refiner.forward(Tensors.of(used, 1, used.length), standing, local)
                    .squeeze(0); // (N, D)
        });
    }

    private Tensor draw(Tensor states, Tensor noise, int likeliest) {
        List<Tensor> parts = new ArrayList<>();
        for (long row = 0; row < states.size(0); row += ROWS) {
            long first = row;
            long count = Math.min(ROWS, states.size(0) - row);
            parts.add(Scopes.keep(() -> {
                Tensor logits = refiner.logits(states.narrow(0, first, count)); // (rows, V)
                long top = Math.min(likeliest, logits.size(1));
                Tensor least = torch.topk(logits, top).get0().narrow(1, top - 1, 1); // (rows, 1)
                Tensor kept = logits.masked_fill(logits.lt(least), new Scalar(Double.NEGATIVE_INFINITY));
                Tensor p = torch.softmax(kept, 1); // (rows, V)
                return p.div(noise.narrow(0, first, count)).argmax(new LongOptional(1), false); // (rows)
            }));
        }
        return Tensors.cat(0, parts.toArray(Tensor[]::new)); // (N)
    }

    /** The places that a round makes anew: (N) bool. */
    private Tensor anew(int round) {
        int grid = Math.toIntExact(refiner.config().grid());
        long[] mask = new long[grid * grid];
        for (int i = 0; i < mask.length; i++) {
            int value = PATTERN[i / grid % PATTERN.length][i % grid % PATTERN.length];
            mask[i] = value >= round ? 1 : 0;
        }
        return Tensors.of(mask, mask.length).to(ScalarType.Bool);
    }

    @Override
    public void close() {
        local.close();
    }
}
