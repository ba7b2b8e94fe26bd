package kinema.cogvideo.upscale;

import java.util.List;
import kinema.cogvideo.network.Attend;
import kinema.cogvideo.network.BaseLayer;
import kinema.cogvideo.network.ChannelAttention;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * The tokens of direct super-resolution between two layers. Text and small picture do not depend on the large one, so that no
 * derivatives go through them where the text-to-image model stays as it is.
 *
 * <p>Axes: B pictures, L text tokens, n tokens of the small picture, N of the large one, D width, A heads, K = D / A.
 *
 * @param small (B, L + n, D) of text and small picture
 * @param large (B, N, D)
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
record TwoLevels(Tensor small, Tensor large) {
    /**
     * Applies a layer: text and small picture attend by the text-to-image model's attention, the large picture by another, which
     * reads keys and values of the small one from the first.
     *
     * @param plus the large picture's attention
     * @param local with the sizes of both pictures
     * @param mask (1 or B, 1, L + n, L + n) is added to the scores of text and small picture
     */
    TwoLevels through(BaseLayer layer, ChannelAttention plus, LocalAttention local, Tensor mask) {
        return Scopes.keepAll(
                () -> {
                    TwoLevels attended = attended(layer, plus, local, mask);
                    return new TwoLevels(layer.attended(small, attended.small), layer.attended(large, attended.large));
                },
                TwoLevels::tensors);
    }

    private TwoLevels attended(BaseLayer layer, ChannelAttention plus, LocalAttention local, Tensor mask) {
        return Scopes.keepAll(
                () -> {
                    Heads below = layer.attention().project(layer.normed(small)); // (B, A, L + n, K)
                    Heads above = plus.project(layer.normed(large)); // (B, A, N, K)
                    Tensor within = Attend.with(below.query(), below.key(), below.value(), mask); // (B, A, L + n, K)
                    Tensor near = local.forward(above, picture(below.key(), local), picture(below.value(), local));
                    return new TwoLevels(layer.attention().merge(within), plus.merge(near));
                },
                TwoLevels::tensors);
    }

    /** The small picture's, which come last: (B, A, L + n, K) to (B, A, n, K). */
    private static Tensor picture(Tensor heads, LocalAttention local) {
        return heads.narrow(2, heads.size(2) - local.crossTokens(), local.crossTokens());
    }

    List<Tensor> tensors() {
        return List.of(small, large);
    }
}
