package kinema.cogvideo.network;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Dual-channel attention: a layer's own channel, in which a frame sees text and itself, and the temporal one, in which it also
 * sees other frames, mixed on frame positions; text uses the first alone.
 *
 * <p>Axes: B sequences, n tokens, of which the first are text, D width, A heads, K = D / A.
 *
 * @param base the layer of the text-to-image model
 * @param temporal the second channel; null where frames do not see one another
 * @param layer the layer's number
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.2</a>
 */
record DualAttention(ChannelAttention base, @Nullable TemporalLayer temporal, int layer) {
    /**
     * Attends.
     *
     * @param x (B, n, D)
     * @return (B, n, D)
     */
    Tensor forward(Tensor x, Reach reach) {
        return Scopes.keep(() -> {
            Tensor own = base.merge(reach.spatial(layer, base.project(x))); // (B, n, D)
            if (temporal == null) {
                return own;
            }
            Tensor across = reach.temporal(layer, temporal.attention().project(x)); // (B, A, n - text, K)
            long text = reach.text();
            long frames = x.size(1) - text;
            if (frames == 0) {
                return own;
            }
            Tensor merged = temporal.attention().merge(across); // (B, n - text, D)
            Tensor mixed = temporal.mix(own.narrow(1, text, frames), merged); // (B, n - text, D)
            return text == 0 ? mixed : Tensors.cat(1, own.narrow(1, 0, text), mixed); // (B, n, D)
        });
    }
}
