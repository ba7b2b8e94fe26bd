package kinema.cogvideox.vae;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import kinema.nn.Posterior;
import kinema.system.NotFiniteException;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * The 3D causal variational autoencoder: 8×8 pixels and 4 frames to one latent point.
 *
 * <p>Frames go through in chunks, each convolution remembering the last frames of the chunk before. Group norms take
 * their statistics over a chunk, so the chunk rule is part of the model and kept exactly.
 *
 * <p>Axes: B batch, T frames, H W rows and columns of pixels, Z latent channels, F h w latent frames, rows, columns.
 * Immutable; safe to share between threads. Coding in one piece works under autograd, frame by frame does not.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
public final class Vae implements LatentCodec {
    static final long ENCODE_CHUNK = 8; // frames
    static final long DECODE_CHUNK = 2; // latent frames
    private static final long ALL = Integer.MAX_VALUE;

    /** A layer works on about so much at a time: small beside a chunk, and enough to keep a convolution busy. */
    static final long SLAB_BYTES = 64L << 20;

    /** A chunk of frames: where it starts and how many it has. */
    record Chunk(long start, long length) {}

    private final VaeConfig config;
    private final OnDemand<VaeEncoder> encoder;
    private final OnDemand<VaeDecoder> decoder;
    private final long slabBytes;
    private final long encodeChunk;
    private final long decodeChunk;

    /** A VAE over a tree with the published keys: {@code encoder.…} and {@code decoder.…}. */
    public Vae(Weights w, VaeConfig config) {
        this(w, config, SLAB_BYTES, ENCODE_CHUNK, DECODE_CHUNK);
    }

    /**
     * A VAE that takes all frames in one piece, as its authors trained it: group norms then see the whole clip. Up to 9 frames
     * that makes no difference.
     */
    public static Vae whole(Weights w, VaeConfig config) {
        return new Vae(w, config, SLAB_BYTES, ALL, ALL);
    }

    /** As the other; the results are the same for all sizes of slabs. */
    Vae(Weights w, VaeConfig config, long slabBytes) {
        this(w, config, slabBytes, ENCODE_CHUNK, DECODE_CHUNK);
    }

    private Vae(Weights w, VaeConfig config, long slabBytes, long encodeChunk, long decodeChunk) {
        this.config = config;
        this.slabBytes = slabBytes;
        this.encodeChunk = encodeChunk;
        this.decodeChunk = decodeChunk;
        encoder = w.at("encoder").part(e -> new VaeEncoder(e, config));
        decoder = w.at("decoder").part(d -> new VaeDecoder(d, config));
    }

    /** The configuration this was made with. */
    public VaeConfig config() {
        return config;
    }

    /**
     * Encodes a video.
     *
     * @param video (B, 3, T, H, W) in [-1, 1]; H and W multiples of {@link VaeConfig#spatialCompression}
     * @return the posterior over F = ⌈T/4⌉ latent frames
     */
    @Override
    public Posterior encode(Tensor video) {
        try (Tensor moments = moments(video)) {
            return Posterior.of(moments);
        }
    }

    /** Of the video only a chunk is in memory at a time. */
    @Override
    public Posterior encode(long frames, LongFunction<Tensor> next) {
        try (Tensor moments = encoder.use(e -> joined(frames, encodeChunk, VaeRun.encoding(slabBytes), (chunk, run) -> {
            Tensor read = next.apply(chunk.length());
            checkVideo(read);
            return e.forward(read, run);
        }))) {
            return Posterior.of(moments);
        }
    }

    /** Mean and log-variance of the latents of (B, 3, T, H, W), one after the other: (B, 2·Z, F, h, w). */
    Tensor moments(Tensor video) {
        checkVideo(video);
        return encoder.use(e -> joined(
                video.size(2),
                encodeChunk,
                e.trains(video) ? VaeRun.training() : VaeRun.encoding(slabBytes),
                (chunk, run) -> e.forward(part(video, chunk), run)));
    }

    /**
     * Decodes latents in one piece.
     *
     * @param latents (B, Z, F, h, w), already divided by the scaling factor
     * @return (B, 3, T, 8h, 8w), about [-1, 1], not clamped; T is 4F for even F and 4(F - 1) + 1 for odd F
     * @throws NotFiniteException when they are not finite
     */
    public Tensor decode(Tensor latents) {
        checkLatents(latents);
        return decoder.use(d -> joined(
                latents.size(2),
                decodeChunk,
                d.trains(latents) ? VaeRun.training() : VaeRun.decoding(slabBytes),
                (chunk, run) -> decoded(d, latents, chunk, run)));
    }

    /** @throws NotFiniteException when frames are not finite */
    @Override
    public void decode(Tensor latents, Consumer<Tensor> frames) {
        checkLatents(latents);
        decoder.use(d -> {
            try (VaeRun run = VaeRun.decoding(slabBytes)) {
                byChunk(
                        latents.size(2),
                        decodeChunk,
                        run,
                        chunk -> Scopes.run(() -> frames.accept(decoded(d, latents, chunk, run)))); // (B, 3, T, H, W)
                return frames;
            }
        });
    }

    /**
     * Decodes a chunk; in training what becomes of numbers is the trainer's matter.
     *
     * @throws NotFiniteException when its frames are not finite
     */
    private Tensor decoded(VaeDecoder d, Tensor latents, Chunk chunk, VaeRun run) {
        Tensor frames = d.forward(part(latents, chunk), run); // (B, 3, T, H, W)
        if (!run.differentiable() && !Tensors.isFinite(frames)) {
            List<Chunk> chunks = chunks(latents.size(2), decodeChunk);
            throw NotFiniteException.inDecoding(
                    chunks.indexOf(chunk) + 1, chunks.size(), whereNotFinite(d, latents, chunk));
        }
        return frames;
    }

    /** Decodes again up to a chunk and looks at what each layer makes of it; failing is rare, looking is slow. */
    private String whereNotFinite(VaeDecoder d, Tensor latents, Chunk failed) {
        List<String> found = new ArrayList<>();
        try (VaeRun run = VaeRun.watched(slabBytes, (layer, made) -> {
            if (!made.all().stream().allMatch(Tensors::isFinite)) {
                found.add("decoder." + layer);
            }
        })) {
            for (Chunk chunk : chunks(latents.size(2), decodeChunk)) {
                if (chunk.start() <= failed.start()) {
                    Scopes.run(() -> d.forward(part(latents, chunk), run).close());
                }
            }
        }
        return found.isEmpty() ? "decoder.conv_out" : found.get(0);
    }

    /** The chunks of {@code frames}: the first takes the remainder, so it has {@code size} to 2·{@code size} - 1. */
    static List<Chunk> chunks(long frames, long size) {
        long count = Math.max(frames / size, 1);
        long remainder = frames % size;
        List<Chunk> chunks = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long start = i == 0 ? 0 : size * i + remainder;
            long end = Math.min(size * (i + 1) + remainder, frames);
            chunks.add(new Chunk(start, end - start));
        }
        return chunks;
    }

    private static Tensor joined(long frames, long size, VaeRun run, BiFunction<Chunk, VaeRun, Tensor> network) {
        return Scopes.keep(() -> {
            try (run) {
                List<Tensor> parts = new ArrayList<>();
                byChunk(frames, size, run, chunk -> parts.add(Scopes.keep(() -> network.apply(chunk, run))));
                return parts.size() == 1 ? parts.get(0) : Tensors.cat(2, parts.toArray(Tensor[]::new));
            }
        });
    }

    private static void byChunk(long frames, long size, VaeRun run, Consumer<Chunk> network) {
        for (Chunk chunk : chunks(frames, size)) {
            if (chunk.start() + chunk.length() == frames) {
                run.startLastChunk();
            }
            network.accept(chunk);
        }
    }

    private static Tensor part(Tensor x, Chunk chunk) {
        return x.narrow(2, chunk.start(), chunk.length());
    }

    /** Makes sure that a video (B, 3, T, H, W) is a whole number of latent points. */
    void checkVideo(Tensor video) {
        Shapes.check("video", video, Shapes.ANY, config.inChannels(), Shapes.ANY, Shapes.ANY, Shapes.ANY);
        checkMultiple("height", video.size(3));
        checkMultiple("width", video.size(4));
    }

    private void checkLatents(Tensor latents) {
        Shapes.check("latents", latents, Shapes.ANY, config.latentChannels(), Shapes.ANY, Shapes.ANY, Shapes.ANY);
    }

    private void checkMultiple(String name, long size) {
        long unit = config.spatialCompression();
        if (size < unit || size % unit != 0) {
            long nearest = Math.max(unit, Math.round((double) size / unit) * unit);
            throw new IllegalArgumentException(
                    name + " must be a multiple of " + unit + ", found " + size + "; nearest: " + nearest);
        }
    }
}
