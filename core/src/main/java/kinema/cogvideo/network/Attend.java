package kinema.cogvideo.network;

import kinema.nn.Kernels;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** Softmax attention with numbers added to the scores. */
public final class Attend {
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
}
