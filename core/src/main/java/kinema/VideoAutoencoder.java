package kinema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.MemoryException;
import kinema.memory.Planner;
import kinema.memory.Tile;
import kinema.system.NotFiniteException;
import kinema.system.OpenOptions;
import kinema.system.VideoCodec;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model's autoencoder alone: videos to latents and back. Opened by {@link Kinema#openVae}; close it to free its
 * weights. Safe to share between threads.
 *
 * <p>Latents are float32 of (1, F, C, h, w): F latent frames, C channels, h w rows and columns. One stands
 * for a square of pixels, the first latent frame for one frame of video, each other for several.
 */
public final class VideoAutoencoder implements AutoCloseable {
    private final String name;
    private final VideoCodec codec;
    private final Planner planner;

    /**
     * An autoencoder.
     *
     * @param options it was opened with
     */
    VideoAutoencoder(String name, VideoCodec codec, OpenOptions options) {
        this.name = name;
        this.codec = codec;
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
    }

    /** The name of the model's folder. */
    public String name() {
        return name;
    }

    /** Tells this autoencoder, its weights and its scaling factor, from all others, whatever files it was read from. */
    public String digest() {
        return codec.digest();
    }

    /** What scaled latents are divided by to be raw. */
    public double scalingFactor() {
        return codec.latentSpace().factor();
    }

    /** Rows and columns of pixels to a latent point. */
    public int spatialCompression() {
        return codec.spatialCompression();
    }

    /** Channels C of the latents. */
    public int latentChannels() {
        return codec.latentChannels();
    }

    /** How many frames of video so many latent frames become. */
    public long frames(long latentFrames) {
        return codec.frames(latentFrames);
    }

    /**
     * The pieces in which a video can be encoded in the memory there is: whole where that fits, else the largest that do.
     *
     * @throws MemoryException when none do
     */
    public Tile encodingTile(int frames, int width, int height) {
        return tile(codec.encoding(frames, width, height));
    }

    /**
     * The pieces in which latents of (1, F, C, h, w) can be decoded in the memory there is, as {@link #encodingTile}.
     *
     * @throws MemoryException when none do
     */
    public Tile decodingTile(long latentFrames, int rows, int columns) {
        return tile(codec.decoding(latentFrames, rows, columns));
    }

    private Tile tile(Optional<Footprint> footprint) {
        return footprint.flatMap(known -> planner.plan(known).required().tile()).orElse(Tile.WHOLE);
    }

    /**
     * Encodes a video.
     *
     * @return latents (1, F, C, h, w), which the caller closes
     * @throws IllegalArgumentException for a size that is no multiple of a latent point's, or a number of frames that
     *     would not come back, with the nearest
     * @throws MemoryException when it takes more memory than is free, with the tiles with which it would not
     * @throws NotFiniteException when the encoder makes numbers that are not finite
     */
    public Tensor encode(Video video, CodingOptions options) {
        return encode(FrameStream.of(video), options);
    }

    /**
     * Encodes a video that is read meanwhile: memory does not grow with the number of its frames, unless it is coded in
     * tiles. Otherwise as {@link #encode(Video, CodingOptions)}.
     */
    public Tensor encode(FrameStream video, CodingOptions options) {
        codec.encoding(video.count(), video.width(), video.height(), options.tile())
                .ifPresent(footprint -> planner.plan(footprint).required());
        return Scopes.keep(() -> {
            Tensor latents =
                    codec.encode(video.count(), n -> FrameTensors.next(video, n), options.seed(), options.tile());
            if (!Tensors.isFinite(latents)) {
                throw NotFiniteException.inCoding("latents", "what the encoder made");
            }
            return options.raw() ? latents : codec.latentSpace().scaled(latents); // (1, F, C, h, w)
        });
    }

    /**
     * Decodes latents, handing frames over as they are made.
     *
     * @param latents (1, F, C, h, w) of any floating-point type
     * @param frames is given height × width × 3 bytes a frame, rows from the top; they are its to keep
     * @throws IllegalArgumentException for latents of another shape, or with numbers that are not finite
     */
    public void decode(Tensor latents, CodingOptions options, Consumer<byte[]> frames) {
        Scopes.run(() -> {
            Tensor z = latents.to(ScalarType.Float);
            if (!Tensors.isFinite(z)) {
                throw new IllegalArgumentException(
                        "latents must be finite, found infinities or NaN; the run that made" + " them may have failed");
            }
            Tensor raw = options.raw() ? z : codec.latentSpace().raw(z);
            codec.decode(
                    raw, options.tile(), chunk -> FrameTensors.toBytes(chunk).forEach(frames));
        });
    }

    /** Decodes latents to a video of this rate in memory; otherwise as frame by frame. */
    public Video decode(Tensor latents, double fps, CodingOptions options) {
        List<byte[]> frames = new ArrayList<>();
        decode(latents, options, frames::add);
        int unit = spatialCompression();
        int height = Math.toIntExact(latents.size(3) * unit);
        int width = Math.toIntExact(latents.size(4) * unit);
        return new Video(width, height, fps, frames);
    }

    @Override
    public void close() {
        codec.close();
    }
}
