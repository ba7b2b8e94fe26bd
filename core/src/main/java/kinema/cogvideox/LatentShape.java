package kinema.cogvideox;

import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.system.ConditionType;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The latents a request needs.
 *
 * @param frames latent frames, padding included
 * @param padding latent frames at the front that only fill the last patch and are dropped before decoding
 * @param height latent rows
 * @param width latent columns
 */
record LatentShape(long frames, long padding, long height, long width) {
    /**
     * The shape for a video.
     *
     * @throws IllegalArgumentException when the model cannot make such a video, with the nearest it can
     */
    static LatentShape of(Workload s, TransformerConfig t, VaeConfig v) {
        boolean given =
                s.condition().filter(type -> type != ConditionType.IMAGE).isPresent();
        FrameRule.of(t, v, s.compat()).check(s.frames(), given);
        long unit = v.spatialCompression() * t.patchSize();
        checkSize("height", s.height(), unit);
        checkSize("width", s.width(), unit);
        if (t.learned()) {
            checkLearned(s, t, v.spatialCompression());
        }
        long latentFrames = v.latentFrames(s.frames());
        long padding = Math.floorMod(-latentFrames, t.framesPerPatch());
        return new LatentShape(
                latentFrames + padding,
                padding,
                s.height() / v.spatialCompression(),
                s.width() / v.spatialCompression());
    }

    /** Fills the front of the first patch with copies of the first latent frame, as in training: to (1, F, C, h, w). */
    Tensor withPadding(Tensor latents) {
        if (padding == 0) {
            return latents;
        }
        return Scopes.keep(() -> {
            Tensor first = latents.narrow(1, 0, 1).expand(1, padding, -1, -1, -1);
            return Tensors.cat(1, first, latents); // (1, F, C, h, w)
        });
    }

    /** The latent frames of (1, F, C, h, w) that are decoded. */
    Tensor withoutPadding(Tensor latents) {
        return latents.narrow(1, padding, frames - padding);
    }

    private static void checkSize(String name, long size, long unit) {
        if (size < unit || size % unit != 0) {
            throw new IllegalArgumentException(name + " must be a multiple of " + unit + ", found " + size
                    + "; nearest: " + Math.max(1, Math.round((double) size / unit)) * unit);
        }
    }

    /** Learned positions exist for one size, and for no more frames than they were learned with. */
    private static void checkLearned(Workload s, TransformerConfig t, long unit) {
        long width = t.sampleWidth() * unit;
        long height = t.sampleHeight() * unit;
        if (s.width() != width || s.height() != height || s.frames() > t.sampleFrames()) {
            throw new IllegalArgumentException("this model has learned positions, so it makes videos of " + width + "x"
                    + height + " and at most " + t.sampleFrames() + " frames only, found " + s.width() + "x"
                    + s.height() + " and " + s.frames());
        }
    }
}
