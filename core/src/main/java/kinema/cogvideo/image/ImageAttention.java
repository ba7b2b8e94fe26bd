package kinema.cogvideo.image;

import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.nn.Kernels;
import kinema.nn.Resnet2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of one head among all points of a picture.
 *
 * <p>Axes: B pictures, C channels, H rows, W columns, N = H·W. Immutable; safe to share between threads.
 */
final class ImageAttention {
    private final GroupNorm norm;
    private final Conv2d q, k, v, out;

    ImageAttention(Weights w, long channels) {
        norm = new GroupNorm(w.at("norm"), channels, ImageConfig.GROUPS, Resnet2d.EPS);
        q = new Conv2d(w.at("q"), channels, channels, 1);
        k = new Conv2d(w.at("k"), channels, channels, 1);
        v = new Conv2d(w.at("v"), channels, channels, 1);
        out = new Conv2d(w.at("proj_out"), channels, channels, 1);
    }

    /** (B, C, H, W) to (B, C, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor h = norm.forward(x); // (B, C, H, W)
            Tensor y =
                    Kernels.attention(points(q.forward(h)), points(k.forward(h)), points(v.forward(h))); // (B, 1, N, C)
            Tensor picture = y.squeeze(1).transpose(1, 2).reshape(x.shape()); // (B, C, H, W)
            return x.add(out.forward(picture)); // (B, C, H, W)
        });
    }

    private static Tensor points(Tensor x) {
        return x.flatten(2, 3).transpose(1, 2).unsqueeze(1); // (B, 1, N, C)
    }
}
