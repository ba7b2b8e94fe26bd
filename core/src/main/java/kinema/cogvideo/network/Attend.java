package kinema.cogvideo.network;

import kinema.nn.Kernels;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Softmax attention with numbers added to the scores. */
public final class Attend {
    private static final long MUCH = 1 << 20; // numbers of keys
    private static final long PARTS = 16; // of the heads, at most

    private static final double RELAXED = 16; // by how much scores are smaller: alpha
    private static final long[] LAST_TWO = {-2, -1};

    private Attend() {}

    /**
     * Attends, with scores scaled by 1/√K.
     *
     * @param query (B, A, n, K)
     * @param key (B, A, S, K)
     * @param value (B, A, S, K)
     * @param bias (1 or B, 1, 1 or n, S) in the dtype of the query, added to the scaled scores
     * @return (B, A, n, K)
     */
    public static Tensor with(Tensor query, Tensor key, Tensor value, Tensor bias) {
        return Kernels.attention(query, key, value, new TensorOptional(bias), new DoubleOptional());
    }

    /**
     * As {@link #with}, with scores that stay small until their largest is taken from them: PB-relax, with which the authors train in float16,
     * where larger ones have no room. In float32 it changes numbers by rounding alone.
     *
     * @see <a href="https://arxiv.org/abs/2105.13290">CogView, section 2.4</a>
     */
    static Tensor relaxed(Tensor query, Tensor key, Tensor value, Tensor bias) {
        return Scopes.keep(() -> {
            Tensor small = query.div(new Scalar(RELAXED * Math.sqrt(query.size(3)))); // (B, A, n, K)
            Tensor scores = small.matmul(key.transpose(-2, -1)).add(bias.div(new Scalar(RELAXED))); // (B, A, n, S)
            Tensor largest = scores.detach().amax(LAST_TWO, true); // (B, A, 1, 1)
            return scores.sub(largest)
                    .mul(new Scalar(RELAXED))
                    .softmax(-1)
                    .to(value.scalar_type())
                    .matmul(value)
                    .to(query.scalar_type()); // (B, A, n, K)
        });
    }

    /**
     * As {@link #with} for a single token, without derivatives: where it has much to look at, its heads are shared by all threads, each of
     * which computes alone.
     *
     * @param query (B, A, 1, K)
     */
    static Tensor ofToken(Tensor query, Tensor key, Tensor value, Tensor bias) {
        if (key.numel() < MUCH) {
            return with(query, key, value, bias);
        }
        return Scopes.keep(() -> {
            long heads = query.size(1);
            long each = (heads + PARTS - 1) / PARTS;
            Tensor y = torch.empty_like(query); // (B, A, 1, K)
            ComputeThreads.share(Math.toIntExact((heads + each - 1) / each), part -> {
                long first = part * each;
                long count = Math.min(each, heads - first);
                y.narrow(1, first, count)
                        .copy_(with(
                                query.narrow(1, first, count),
                                key.narrow(1, first, count),
                                value.narrow(1, first, count),
                                bias));
            });
            return y;
        });
    }
}
