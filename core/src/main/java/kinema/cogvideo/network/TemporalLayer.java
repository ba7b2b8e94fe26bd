package kinema.cogvideo.network;

import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What CogVideo adds to a layer: attention that also sees other frames, mixed with the layer's own by a gate for each
 * element, sigmoid(a)·spatial + (1 - sigmoid(a))·temporal.
 *
 * <p>Axes: B sequences, n frame tokens, D width. Immutable; safe to share between threads. The paper's names: attention-plus,
 * and α for sigmoid(a).
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.2</a>
 */
final class TemporalLayer {
    private final ChannelAttention attention;
    private final Tensor gate; // (D)

    /** A layer's part of {@code mixins.attention_plus}, whose parameters are numbered by layer. */
    TemporalLayer(Weights plus, long layer, BaseConfig c) {
        attention = new ChannelAttention(
                plus.at("query_key_value").at(layer), plus.at("dense").at(layer), c);
        gate = plus.at("attn_distribution").tensor(Long.toString(layer), Init.ZEROS, c.width());
    }

    ChannelAttention attention() {
        return attention;
    }

    /**
     * Mixes the channels.
     *
     * @param spatial (B, n, D)
     * @param temporal (B, n, D)
     * @return (B, n, D)
     */
    Tensor mix(Tensor spatial, Tensor temporal) {
        return Scopes.keep(() -> {
            Tensor alpha = gate.sigmoid(); // (D)
            return spatial.mul(alpha).add(temporal.mul(alpha.neg().add(new Scalar(1.0)))); // (B, n, D)
        });
    }
}
