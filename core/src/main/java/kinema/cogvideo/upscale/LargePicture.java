package kinema.cogvideo.upscale;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.ChannelAttention;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * All that super-resolution adds to the text-to-image model: attention of the large picture's tokens in each layer, and their
 * positions.
 *
 * <p>Axes: N tokens of the large picture, D width. Immutable; safe to share between threads. Keys are those below {@code mixins}
 * in the authors' files.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
public final class LargePicture {
    private static final double DEVIATION = 0.02;

    private final Tensor positions; // (N, D)
    private final List<OnDemand<ChannelAttention>> layers = new ArrayList<>();

    /** A picture over the node {@code mixins}. */
    public LargePicture(Weights mixins, UpscalerConfig c) {
        positions = mixins.at("extra_position_embedding.position_embeddings")
                .tensor("weight", Init.normal(DEVIATION), c.high(), c.base().width());
        for (long i = 0; i < c.base().layers(); i++) {
            long layer = i;
            layers.add(mixins.at("attention_plus")
                    .part(plus -> new ChannelAttention(
                            plus.at("query_key_value").at(layer),
                            plus.at("dense").at(layer),
                            c.base())));
        }
    }

    List<OnDemand<ChannelAttention>> layers() {
        return layers;
    }

    Tensor positions() {
        return positions;
    }
}
