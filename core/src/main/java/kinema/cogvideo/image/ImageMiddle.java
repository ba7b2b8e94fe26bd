package kinema.cogvideo.image;

import kinema.nn.Resnet2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/** What encoder and decoder have at their coarsest level: a block, attention, a block. Immutable. */
final class ImageMiddle {
    private final Resnet2d before, after;
    private final ImageAttention attention;

    ImageMiddle(Weights w, long channels) {
        before = new Resnet2d(w.at("block_1"), channels, channels, ImageConfig.GROUPS, ImageConfig.SHORTCUT);
        attention = new ImageAttention(w.at("attn_1"), channels);
        after = new Resnet2d(w.at("block_2"), channels, channels, ImageConfig.GROUPS, ImageConfig.SHORTCUT);
    }

    /** (B, C, H, W) to (B, C, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> after.forward(attention.forward(before.forward(x)))); // (B, C, H, W)
    }
}
