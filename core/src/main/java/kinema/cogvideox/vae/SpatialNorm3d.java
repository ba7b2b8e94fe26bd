package kinema.cogvideox.vae;

import java.util.List;
import java.util.Objects;
import kinema.nn.GroupNorm;
import kinema.nn.GroupNorm.Affine;
import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
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
        return Scopes.keep(() -> {
            Tensor y = norm.forward(x); // (B, C, T, H, W)
            Tensor frames = latentFrames(0, x.size(2), x.size(2), z); // (T)
            Tensor scales = alongColumns(scale.forward(z), x.size(4)); // (B, C, F, h, W)
            Tensor shifts = alongColumns(shift.forward(z), x.size(4)); // (B, C, F, h, W)
            cells(y, z.size(3)).mul_(of(frames, scales)).add_(of(frames, shifts));
            return y;
        });
    }

    @Override
    public Fitted fit(Slabs x, @Nullable Tensor latents) {
        Tensor z = Objects.requireNonNull(latents, "latents");
        long columns = x.get(0).size(4);
        Affine map = Scopes.keepAll(
                () -> {
                    Affine plain = norm.fit(x.all());
                    Tensor scales = alongColumns(scale.forward(z), columns); // (B, C, F, h, W)
                    Tensor shifts = alongColumns(shift.forward(z), columns); // (B, C, F, h, W)
                    return new Affine(
                            scales.mul(plain.scale()), shifts.add_(scales.mul(plain.shift()))); // (B, C, F, h, W)
                },
                made -> List.of(made.scale(), made.shift()));
        return (i, out) -> Scopes.run(() -> {
            Tensor frames = latentFrames(x.start(i), x.length(i), x.frames(), z); // (t)
            Tensor in = cells(x.get(i), z.size(3));
            torch.addcmul_out(cells(out, z.size(3)), of(frames, map.shift()), in, of(frames, map.scale()));
        });
    }

    /** The latent frame that each of {@code count} frames of a chunk of {@code all} is steered by: (t). */
    private static Tensor latentFrames(long start, long count, long all, Tensor z) {
        long alone = all == 1 || all % 2 == 0 ? 0 : 1;
        long[] frames = new long[Math.toIntExact(count)];
        for (int i = 0; i < frames.length; i++) {
            long t = start + i;
            frames[i] = t < alone ? 0 : alone + (t - alone) * (z.size(2) - alone) / (all - alone);
        }
        return Tensors.of(frames, frames.length).to(z.device(), ScalarType.Long);
    }

    /**
     * A view of (B, C, t, H, W) as (B, C, t, h, s, W), where H is h·s: stretching to the nearest neighbour repeats each
     * latent point a whole number of times, and along the rows that can be had by broadcasting, which takes no memory.
     */
    private static Tensor cells(Tensor x, long rows) {
        return x.view(x.size(0), x.size(1), x.size(2), rows, x.size(3) / rows, x.size(4));
    }

    /** Those of (B, C, F, h, W) that belong to the {@link #cells} of these latent frames: (B, C, t, h, 1, W). */
    private static Tensor of(Tensor frames, Tensor z) {
        return Kernels.select(z, 2, frames).unsqueeze(4);
    }

    /** (B, C, F, h, w) to (B, C, F, h, W). */
    private static Tensor alongColumns(Tensor z, long columns) {
        return torch.upsample_nearest3d(z, z.size(2), z.size(3), columns);
    }
}
