package kinema.text;

import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * T5's relative position bias: a learnt number per head and bucket of distances. Half of the buckets are for keys
 * before the query, half for keys after it; in each half the near distances have their own, farther ones share them
 * logarithmically.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">T5, section 2.1</a>
 */
final class T5PositionBias {
    private final int buckets;
    private final int maxDistance;
    private final Tensor weight; // (buckets, H)

    T5PositionBias(Weights w, T5Config c) {
        buckets = c.buckets();
        maxDistance = c.maxDistance();
        weight = w.tensor("weight", Init.normal(0.02), buckets, c.heads());
    }

    /**
     * The bias of all pairs.
     *
     * @param length number of tokens L
     * @return (1, H, L, L), query before key
     */
    Tensor forward(int length) {
        long[] pairs = new long[length * length];
        for (int query = 0; query < length; query++) {
            for (int key = 0; key < length; key++) {
                pairs[query * length + key] = bucket(key - query);
            }
        }
        return Scopes.keep(() -> {
            Tensor index =
                    Scopes.keep(() -> Tensors.of(pairs, length, length).to(weight.device(), ScalarType.Long)); // (L, L)
            Tensor bias = Kernels.embedding(weight, index); // (L, L, H)
            return bias.permute(2, 0, 1).unsqueeze(0).contiguous(); // (1, H, L, L)
        });
    }

    /** The bucket of a key that stands {@code offset} tokens after the query. */
    int bucket(int offset) {
        int half = buckets / 2;
        int exact = half / 2;
        int distance = Math.abs(offset);
        int first = offset > 0 ? half : 0;
        if (distance < exact) {
            return first + distance;
        }
        double part = Math.log((double) distance / exact) / Math.log((double) maxDistance / exact); // 0 to 1 and beyond
        return first + Math.min(exact + (int) (part * (half - exact)), half - 1);
    }
}
