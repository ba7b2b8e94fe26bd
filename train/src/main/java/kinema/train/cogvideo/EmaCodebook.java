package kinema.train.cogvideo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Slot;
import kinema.train.Workers;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Moves the codes of a codebook to the running mean of the points that are nearest to them, in place of a gradient. A code that
 * hardly any point is nearest to starts again at a point of the batch; so do all in the first step. The sums over a step's
 * slots have the same bits whatever processes compute them.
 *
 * <p>Axes: n points, V codes, E numbers of a code. Close it; not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1711.00937">VQ-VAE, appendix A.1</a>
 */
final class EmaCodebook implements AutoCloseable {
    private final Tensor codes; // (V, E)
    private final ImageRecipe.Codebook recipe;
    private final Tensor counts; // (V) running mean of the points of a code in a step
    private final Tensor sums; // (V, E) and of their sum
    private final List<Tensor> seen = new ArrayList<>(); // of each slot: sums, counts, points to start again from

    /**
     * A codebook.
     *
     * @param codes (V, E), changed in place; must outlive this
     */
    EmaCodebook(Tensor codes, ImageRecipe.Codebook recipe) {
        this.codes = codes;
        this.recipe = recipe;
        counts = Scopes.own(Tensors.zeros(ScalarType.Float, codes.size(0)));
        sums = Scopes.own(Tensors.zeros(ScalarType.Float, codes.size(0), codes.size(1)));
    }

    /** What the next steps depend on beside the codes. */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("code_counts", counts);
        state.put("code_sums", sums);
        return state;
    }

    /**
     * Takes notice of a slot's points.
     *
     * @param points (n, E)
     * @param ids (n) the nearest codes
     * @return how many codes the points would spread over evenly, to be as uncertain as they are: 1 to V
     */
    double add(Slot slot, Tensor points, Tensor ids) {
        long n = points.size(0);
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = slot.rng()) {
            return Scopes.run(() -> {
                Tensor count = Tensors.zeros(ScalarType.Float, codes.size(0))
                        .index_add_(0, ids, Tensors.zeros(ScalarType.Float, n).add(new Scalar(1.0))); // (V)
                Tensor sum = Tensors.zeros(ScalarType.Float, codes.size(0), codes.size(1))
                        .index_add_(0, ids, points);
                Tensor drawn = rng.rand(codes.size(0))
                        .mul(new Scalar((double) n))
                        .to(ScalarType.Long)
                        .clamp_max(new Scalar(n - 1)); // (V)
                double share = slot.index() == 0 ? 1 : 0; // points to start from come from one slot
                Tensor fresh = points.index_select(0, drawn).mul(new Scalar(share)); // (V, E)
                seen.add(Scopes.own(Tensors.cat(1, sum, count.unsqueeze(1), fresh))); // (V, 2·E + 1)
                Tensor p = count.div(new Scalar((double) n)).clamp_min(new Scalar(1e-10));
                return Math.exp(-p.mul(p.log()).sum().item_double());
            });
        }
    }

    /** Moves the codes by the points of a step. */
    void step(long step, Workers workers) {
        long e = codes.size(1);
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                Tensor all = Tensors.zeros(ScalarType.Float, codes.size(0), 2 * e + 1);
                workers.sum(seen, all);
                Tensor fresh = all.narrow(1, e + 1, e); // (V, E)
                counts.lerp_(all.select(1, e), new Scalar(1 - recipe.decay()));
                sums.lerp_(all.narrow(1, 0, e), new Scalar(1 - recipe.decay()));
                if (step == 0) {
                    counts.zero_();
                }
                Tensor dead = counts.lt(new Scalar(recipe.restartBelow())); // (V)
                counts.masked_fill_(dead, new Scalar(1.0));
                sums.copy_(fresh.where(dead.unsqueeze(1), sums));
                codes.copy_(sums.div(counts.unsqueeze(1)));
            });
        } finally {
            forget();
        }
    }

    private void forget() {
        seen.forEach(Scopes::free);
        seen.clear();
    }

    @Override
    public void close() {
        forget();
        Scopes.free(counts);
        Scopes.free(sums);
    }
}
