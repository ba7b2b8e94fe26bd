package kinema.cogvideo.image;

import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/** What encoder and decoder have at their coarsest level: a block, attention, a block. Immutable. */
final class ImageMiddle {
    private final ImageResnet before, after;
    private final ImageAttention attention;

    ImageMiddle(Weights w, long channels) {
        before = new ImageResnet(w.at("block_1"), channels, channels);
        attention = new ImageAttention(w.at("attn_1"), channels);
        after = new ImageResnet(w.at("block_2"), channels, channels);
    }

    /** (B, C, H, W) to (B, C, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> after.forward(attention.forward(before.forward(x)))); // (B, C, H, W)
    }
}
