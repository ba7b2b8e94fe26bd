package kinema.cogvideo.network;

import java.util.List;
import java.util.stream.LongStream;
import kinema.nn.Kernels;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Draws image tokens in two steps: first one of the likeliest clusters of codes that look alike, then one of its tokens. A
 * token's own probability among thousands of near equals says little; that of its cluster does.
 *
 * <p>Axes: R rows, V image tokens, C clusters, k of them kept. Immutable; safe to share between threads. The same random
 * numbers give the same tokens as in the authors' sampler.
 */
public final class ClusterSampler {
    private static final double OUTSIDE = -65504; // the least number of float16

    /**
     * How tokens are drawn.
     *
     * @param temperature divides the scores, for both steps
     * @param top number of clusters kept, k
     * @param inner divides the scores once more for the second step
     */
    public record Settings(double temperature, int top, double inner) {
        /** Checks the values. */
        public Settings {
            if (!(temperature > 0) || !(inner > 0)) {
                throw new IllegalArgumentException(
                        "temperatures must be above 0, found " + temperature + " and " + inner);
            }
            if (top < 1) {
                throw new IllegalArgumentException("top clusters must be at least 1, found " + top);
            }
        }
    }

    /**
     * The random numbers of R draws, exponential of rate 1.
     *
     * @param clusters (R, k)
     * @param tokens (R, V)
     */
    public record Noise(Tensor clusters, Tensor tokens) {
        /** The numbers of whole pictures: for the clusters of all rows together, then for the tokens of all rows. */
        public static Noise together(long rows, int top, long imageTokens, Rng rng) {
            return Scopes.keepAll(
                    () -> new Noise(rng.exponential(rows, top), rng.exponential(rows, imageTokens)), Noise::tensors);
        }

        /** The numbers of sequences: row by row for the clusters, then for the tokens of all rows. */
        static Noise byRow(long rows, int top, long imageTokens, Rng rng) {
            return Scopes.keepAll(
                    () -> {
                        Tensor[] clusters = LongStream.range(0, rows)
                                .mapToObj(row -> rng.exponential(1, top))
                                .toArray(Tensor[]::new);
                        return new Noise(Tensors.cat(0, clusters), rng.exponential(rows, imageTokens));
                    },
                    Noise::tensors);
        }

        /** Numbers without contents, as {@link #together} has them. */
        public static Noise meta(long rows, int top, long imageTokens) {
            return Scopes.keepAll(
                    () -> new Noise(
                            Tensors.meta(ScalarType.Float, rows, top),
                            Tensors.meta(ScalarType.Float, rows, imageTokens)),
                    Noise::tensors);
        }

        /** Some of the rows. */
        public Noise rows(long first, long count) {
            return new Noise(clusters.narrow(0, first, count), tokens.narrow(0, first, count));
        }

        private List<Tensor> tensors() {
            return List.of(clusters, tokens);
        }
    }

    private final Tensor labels; // (V)
    private final long clusters;

    /**
     * A sampler over a codebook.
     *
     * @param labels (V) int64, each token's cluster; must outlive this
     */
    public ClusterSampler(Tensor labels) {
        this(labels, Scopes.run(() -> labels.max().item_long()) + 1);
    }

    private ClusterSampler(Tensor labels, long clusters) {
        this.labels = labels;
        this.clusters = clusters;
    }

    /** A sampler without contents, as if every token had a cluster of its own, to see what drawing takes. */
    public static ClusterSampler meta(long imageTokens) {
        return new ClusterSampler(Tensors.meta(ScalarType.Long, imageTokens), imageTokens);
    }

    /** Number of clusters, C. */
    public long clusters() {
        return clusters;
    }

    /**
     * Draws one token for each sequence.
     *
     * @param logits (R, V) float32
     * @return (R) int64
     */
    public Tensor draw(Tensor logits, Settings settings, Rng rng) {
        return Scopes.keep(
                () -> draw(logits, settings, Noise.byRow(logits.size(0), settings.top, labels.size(0), rng)));
    }

    /**
     * Draws one token for each row.
     *
     * @param logits (R, V) float32
     * @return (R) int64
     */
    public Tensor draw(Tensor logits, Settings settings, Noise noise) {
        Shapes.check("logits", logits, Shapes.ANY, labels.size(0));
        return Scopes.keep(() -> {
            Tensor z = logits.div(new Scalar(settings.temperature)); // (R, V)
            T_TensorTensor_T likeliest = likeliest(z, settings); // 2 × (R, k)
            Tensor sum = likeliest.get0().sum(new long[] {1}, true, new ScalarTypeOptional()); // (R, 1)
            Tensor choice = choose(likeliest.get0().div(sum), noise.clusters); // (R, 1)
            Tensor other = labels.unsqueeze(0).ne(likeliest.get1().gather(1, choice)); // (R, V)
            Tensor kept = z.masked_fill(other, new Scalar(OUTSIDE)); // (R, V)
            Tensor p = torch.softmax(kept.div(new Scalar(settings.inner)), 1); // (R, V)
            return choose(p, noise.tokens).squeeze(1); // (R)
        });
    }

    /** The probabilities of the likeliest clusters, largest first, and which they are. */
    private T_TensorTensor_T likeliest(Tensor z, Settings settings) {
        if (settings.top > clusters) {
            throw new IllegalArgumentException(
                    "top clusters must be at most " + clusters + ", all there are, found " + settings.top);
        }
        Tensor p = torch.softmax(z, 1); // (R, V)
        Tensor sums = Kernels.zeros(z, ScalarType.Float, z.size(0), clusters)
                .scatter_add_(1, labels.unsqueeze(0).expand_as(p), p); // (R, C)
        return torch.topk(sums, settings.top, -1, true, true);
    }

    private static Tensor choose(Tensor p, Tensor noise) {
        return p.div(noise).argmax(new LongOptional(1), true); // (R, 1)
    }
}
