package kinema.show1.vae;

import kinema.nn.Attention;
import kinema.nn.GroupNorm;
import kinema.nn.Resnet2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/** What encoder and decoder do where pictures are smallest: attention between two residual layers. N pictures, C channels. */
final class VaeMiddle {
    private final Resnet2d first;
    private final GroupNorm norm;
    private final Attention attention;
    private final Resnet2d second;

    VaeMiddle(Weights w, FrameVaeConfig c, long width) {
        first = new Resnet2d(w.at("resnets.0"), width, width, c.groups(), "conv_shortcut");
        Weights at = w.at("attentions.0");
        norm = new GroupNorm(at.at("group_norm"), width, c.groups(), Resnet2d.EPS);
        attention = new Attention(at, new Attention.Shape(width, width, 1, true));
        second = new Resnet2d(w.at("resnets.1"), width, width, c.groups(), "conv_shortcut");
    }

    /** (N, C, H, W) to the same shape. */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor y = first.forward(x); // (N, C, H, W)
            Tensor points = norm.forward(y).flatten(2, -1).transpose(1, 2).contiguous(); // (N, H·W, C)
            Tensor attended = attention.forward(points, points); // (N, H·W, C)
            return second.forward(y.add(attended.transpose(1, 2).reshape(y.shape()))); // (N, C, H, W)
        });
    }
}
