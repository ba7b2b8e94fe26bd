package kinema.cogvideox;

import java.util.Objects;
import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation whose scale and bias at each point come from the latents (MoVQ, arXiv 2209.09002), stretched over
 * time as the decoder stretches it: an odd number of frames has a first frame of its own.
 *
 * <p>The published order stretches the latents and then maps them; the map works point by point, so mapping first gives
 * the same numbers for 1/256 of the work. Immutable.
 */
final class SpatialNorm3d implements VaeNorm {
    private static final double EPS = 1e-6;

    private final GroupNorm norm;
    private final PointConv3d scale; // latents to channels
    private final PointConv3d shift;

    SpatialNorm3d(Weights w, long channels, VaeConfig c) {
        norm = new GroupNorm(w.at("norm_layer"), channels, c.normGroups(), EPS);
        long z = c.latentChannels();
        scale = new PointConv3d(w.at("conv_y.conv"), z, channels, Init.ZEROS, Init.ONES);
        shift = new PointConv3d(w.at("conv_b.conv"), z, channels, Init.ZEROS, Init.ZEROS);
    }

    @Override
    public Tensor forward(Tensor x, @Nullable Tensor latents) {
        Tensor z = Objects.requireNonNull(latents, "latents");
        return Scopes.keep(() -> torch.addcmul(
                stretch(shift.forward(z), x), norm.forward(x), stretch(scale.forward(z), x))); // (B, C, T, H, W)
    }

    /** (B, C, F, h, w) to the frames, rows and columns of {@code like}, nearest neighbour. */
    private static Tensor stretch(Tensor z, Tensor like) {
        long frames = like.size(2);
        if (frames == 1 || frames % 2 == 0) {
            return resize(z, frames, like);
        }
        Tensor first = resize(z.narrow(2, 0, 1), 1, like);
        Tensor rest = resize(z.narrow(2, 1, z.size(2) - 1), frames - 1, like);
        return Tensors.cat(2, first, rest);
    }

    private static Tensor resize(Tensor z, long frames, Tensor like) {
        return torch.upsample_nearest3d(z, frames, like.size(3), like.size(4));
    }
}
