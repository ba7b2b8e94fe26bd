package kinema.cogvideox;

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
    static LatentShape of(long frames, long height, long width, TransformerConfig t, VaeConfig v) {
        checkFrames(frames, v.temporalCompression());
        long unit = v.spatialCompression() * t.patchSize();
        checkSize("height", height, unit);
        checkSize("width", width, unit);
        long latentFrames = (frames - 1) / v.temporalCompression() + 1;
        long padding = Math.floorMod(-latentFrames, t.framesPerPatch());
        return new LatentShape(
                latentFrames + padding, padding, height / v.spatialCompression(), width / v.spatialCompression());
    }

    /** Only an odd number of latent frames decodes to the number of frames it was made for: two more add a unit. */
    private static void checkFrames(long frames, long compression) {
        long unit = 2 * compression;
        if (frames < 1 || (frames - 1) % unit != 0) {
            throw new IllegalArgumentException("frames must be " + unit + "k+1 for CogVideoX, found " + frames
                    + "; nearest: " + (Math.max(0, Math.round((frames - 1.0) / unit)) * unit + 1));
        }
    }

    private static void checkSize(String name, long size, long unit) {
        if (size < unit || size % unit != 0) {
            throw new IllegalArgumentException(name + " must be a multiple of " + unit + ", found " + size
                    + "; nearest: " + Math.max(1, Math.round((double) size / unit)) * unit);
        }
    }
}
