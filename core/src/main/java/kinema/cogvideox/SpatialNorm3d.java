package kinema.cogvideox;

import java.util.List;
import java.util.Objects;
import kinema.nn.GroupNorm;
import kinema.nn.GroupNorm.Affine;
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
            Tensor scales = scale.forward(z); // (B, C, F, h, w)
            Tensor shifts = shift.forward(z); // (B, C, F, h, w)
            Tensor y = norm.forward(x); // (B, C, T, H, W)
            long frames = y.size(2);
            if (frames == 1 || frames % 2 == 0) {
                modulate(y, scales, shifts);
            } else {
                modulate(y.narrow(2, 0, 1), scales.narrow(2, 0, 1), shifts.narrow(2, 0, 1));
                long rest = z.size(2) - 1;
                modulate(y.narrow(2, 1, frames - 1), scales.narrow(2, 1, rest), shifts.narrow(2, 1, rest));
            }
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
            Tensor frames = latentFrames(x, i, z.size(2)).to(z.device(), ScalarType.Long); // (t)
            Tensor scales = map.scale().index_select(2, frames).unsqueeze(4); // (B, C, t, h, 1, W)
            Tensor shifts = map.shift().index_select(2, frames).unsqueeze(4);
            torch.addcmul_out(cells(out, z.size(3)), shifts, cells(x.get(i), z.size(3)), scales);
        });
    }

    /** The latent frame that each frame of a slab is steered by, of {@code count}: (t). */
    private static Tensor latentFrames(Slabs x, int slab, long count) {
        long alone = x.frames() == 1 || x.frames() % 2 == 0 ? 0 : 1;
        long[] frames = new long[Math.toIntExact(x.start(slab + 1) - x.start(slab))];
        for (int i = 0; i < frames.length; i++) {
            long t = x.start(slab) + i;
            frames[i] = t < alone ? 0 : alone + (t - alone) * (count - alone) / (x.frames() - alone);
        }
        return Tensors.of(frames, frames.length);
    }

    /** A view of (B, C, t, H, W) as (B, C, t, h, s, W), where H is h·s. */
    private static Tensor cells(Tensor x, long rows) {
        return x.view(x.size(0), x.size(1), x.size(2), rows, x.size(3) / rows, x.size(4));
    }

    /**
     * Scales and shifts in place. Stretching to the nearest neighbour repeats each latent point a whole number of
     * times; repeated along the columns alone, the rest can be had by broadcasting, which takes no memory.
     */
    private static void modulate(Tensor y, Tensor scales, Tensor shifts) {
        long frames = scales.size(2);
        long rows = scales.size(3);
        Tensor cells = y.view(
                y.size(0),
                y.size(1),
                frames,
                y.size(2) / frames,
                rows,
                y.size(3) / rows,
                y.size(4)); // (B, C, F, t, h, s, W)
        cells.mul_(repeated(scales, y.size(4))).add_(repeated(shifts, y.size(4)));
    }

    /** (B, C, F, h, w) to (B, C, F, 1, h, 1, W). */
    private static Tensor repeated(Tensor z, long columns) {
        return alongColumns(z, columns).unsqueeze(3).unsqueeze(5);
    }

    /** (B, C, F, h, w) to (B, C, F, h, W). */
    private static Tensor alongColumns(Tensor z, long columns) {
        return torch.upsample_nearest3d(z, z.size(2), z.size(3), columns);
    }
}
