package kinema.train;

import java.util.Arrays;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Lloyd's k-means from centres that are drawn far from one another. The same points and seed give the same clusters; none of
 * them is empty.
 *
 * <p>Axes: n points, E numbers of a point, k clusters.
 *
 * @see <a href="https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf">k-means++: The Advantages of Careful Seeding</a>
 */
public final class KMeans {
    private static final int ROUNDS = 100;

    private final Tensor points; // (n, E)
    private final int clusters;
    private final SplittableRandom random;

    private KMeans(Tensor points, int clusters, long seed) {
        this.points = points;
        this.clusters = clusters;
        random = new SplittableRandom(seed);
    }

    /**
     * Sorts points into clusters.
     *
     * @param points (n, E) float32
     * @param clusters k, at most n
     * @return for each point its cluster, from 0
     */
    public static long[] labels(Tensor points, int clusters, long seed) {
        Recipes.require(
                clusters > 0 && clusters <= points.size(0),
                "clusters must be 1 to the " + points.size(0) + " points there are",
                clusters);
        return Scopes.run(() -> new KMeans(points, clusters, seed).run());
    }

    private long[] run() {
        Tensor centres = far(); // (k, E)
        long[] labels = new long[0];
        for (int round = 0; round < ROUNDS; round++) {
            Tensor known = centres;
            Tensor distances = Scopes.keep(() -> squares(known)); // (n, k)
            long[] next = filled(distances);
            if (Arrays.equals(next, labels)) {
                break;
            }
            labels = next;
            centres = means(labels);
            distances.close();
            known.close();
        }
        return labels;
    }

    /** Centres among the points, each drawn with a chance that grows with the square of its distance from those before. */
    private Tensor far() {
        long[] chosen = new long[clusters];
        chosen[0] = random.nextLong(points.size(0));
        float[] nearest = distances(chosen[0]);
        for (int i = 1; i < clusters; i++) {
            chosen[i] = drawn(nearest);
            float[] more = distances(chosen[i]);
            for (int p = 0; p < nearest.length; p++) {
                nearest[p] = Math.min(nearest[p], more[p]);
            }
        }
        return Scopes.keep(() -> points.index_select(0, Tensors.of(chosen, clusters)));
    }

    private float[] distances(long point) {
        return Scopes.run(() ->
                Tensors.floats(points.sub(points.narrow(0, point, 1)).square().sum(1)));
    }

    private int drawn(float[] weights) {
        double total = 0;
        for (float weight : weights) {
            total += weight;
        }
        double left = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            last = weights[i] > 0 ? i : last;
            if (left < 0) {
                return last;
            }
        }
        return last;
    }

    /** Squared distances of all points from all centres, (n, k), but for what all centres of a point have in common. */
    private Tensor squares(Tensor centres) {
        return centres.square().sum(1).sub(points.matmul(centres.t()).mul(new Scalar(2.0)));
    }

    /** The nearest centre of each point; a centre that is nobody's takes the point furthest from its own among larger clusters. */
    private long[] filled(Tensor distances) {
        long[] labels = Scopes.run(() -> Tensors.longs(distances.argmin(new LongOptional(1), false)));
        int[] sizes = new int[clusters];
        for (long label : labels) {
            sizes[(int) label]++;
        }
        float[] own = Scopes.run(() -> Tensors.floats(
                distances.amin(new long[] {1}, false).add(points.square().sum(1))));
        for (int cluster = 0; cluster < clusters; cluster++) {
            if (sizes[cluster] == 0) {
                int taken = -1;
                for (int p = 0; p < labels.length; p++) {
                    if (sizes[(int) labels[p]] > 1 && (taken < 0 || own[p] > own[taken])) {
                        taken = p;
                    }
                }
                sizes[(int) labels[taken]]--;
                labels[taken] = cluster;
                sizes[cluster] = 1;
            }
        }
        return labels;
    }

    private Tensor means(long[] labels) {
        return Scopes.keep(() -> {
            Tensor to = Tensors.of(labels, labels.length); // (n)
            Tensor sums = points.new_zeros(clusters, points.size(1)).index_add_(0, to, points); // (k, E)
            Tensor counts = points.new_zeros(clusters).index_add_(0, to, points.new_ones(labels.length)); // (k)
            return sums.div(counts.unsqueeze(1)); // (k, E)
        });
    }
}
