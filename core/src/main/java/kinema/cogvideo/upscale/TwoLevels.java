package kinema.cogvideo.upscale;

import kinema.cogvideo.network.Attend;
import kinema.cogvideo.network.ChannelAttention;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * A layer's attention in direct super-resolution: text and small picture by the base model's, the large picture by another.
 *
 * <p>Axes: B pictures, L text tokens, n tokens of the small picture, N of the large one, D width, A heads, K = D / A.
 *
 * @param base the base model's
 * @param plus the large picture's, which reads keys and values of the small one from the base's
 * @param low tokens of the small picture, n
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
record TwoLevels(ChannelAttention base, ChannelAttention plus, LocalAttention local, long low) {
    /**
     * Attends.
     *
     * @param x (B, L + n + N, D)
     * @param mask (1, 1, L + n, L + n) is added to the scores of text and small picture
     * @return (B, L + n + N, D)
     */
    Tensor forward(Tensor x, Tensor mask) {
        return Scopes.keep(() -> {
            long first = mask.size(3); // L + n
            Heads small = base.project(x.narrow(1, 0, first)); // (B, A, L + n, K)
            Heads large = plus.project(x.narrow(1, first, x.size(1) - first)); // (B, A, N, K)
            Tensor within = Attend.with(small.query(), small.key(), small.value(), mask); // (B, A, L + n, K)
            Tensor near = local.forward(
                    large,
                    small.key().narrow(2, first - low, low),
                    small.value().narrow(2, first - low, low)); // (B, A, N, K)
            return Tensors.cat(1, base.merge(within), plus.merge(near)); // (B, L + n + N, D)
        });
    }
}
