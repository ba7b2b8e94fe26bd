package kinema.cogvideox.transformer;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Where the tokens are, for one size of latents or a pack of several: made once and given to every forward of that size. The 2b model adds a
 * table of sines and cosines to the video tokens, the others rotate queries and keys.
 *
 * <p>Axes: B batch, L text tokens, N video tokens (t, row, column; t slowest), S = L + N, D width, H heads, K head
 * size. Holds native memory until closed; safe to share between threads.
 */
public final class Positions implements AutoCloseable {
    /**
     * What positions are made for.
     *
     * @param textTokens L
     * @param frames latent frames
     * @param height latent rows
     * @param width latent columns
     */
    public record Size(long textTokens, long frames, long height, long width) {}

    /** How the 1.0 models' rotary positions lie in latents of another size than the model's own. The 1.5 models count. */
    public enum Grid {
        /** A part of the model's own grid, stretched over the clip: what generation does. */
        STRETCHED,
        /** 0, 1, 2 … along each axis: what the authors' trainer and the paper's frame pack do. */
        COUNTED
    }

    private final List<Size> sizes;
    private final @Nullable Tensor table; // (1, N, D)
    private final @Nullable Tensor rotation; // (S, 1, K/2) complex
    private final @Nullable Pack pack;

    private Positions(List<Size> sizes, @Nullable Tensor table, @Nullable Tensor rotation, @Nullable Pack pack) {
        this.sizes = sizes;
        this.table = table;
        this.rotation = rotation;
        this.pack = pack;
    }

    /**
     * Positions for latents of {@code size}.
     *
     * @throws IllegalArgumentException when the size cannot be cut into patches, or is not the one size that learned
     *     positions exist for
     */
    public static Positions of(TransformerConfig c, Size size) {
        return of(c, size, Grid.STRETCHED);
    }

    /**
     * Positions for latents of {@code size}.
     *
     * @throws IllegalArgumentException as the other
     */
    public static Positions of(TransformerConfig c, Size size, Grid grid) {
        check(c, size);
        List<Size> sizes = List.of(size);
        return c.rotary()
                ? new Positions(sizes, null, Scopes.own(Scopes.keep(() -> Rotary.table(c, size, grid))), null)
                : new Positions(sizes, Scopes.own(Scopes.keep(() -> SincosPositions.table(c, size))), null, null);
    }

    /** Positions without contents, of the meta device, which take what those of {@link #of} take. */
    public static Positions meta(TransformerConfig c, Size size) {
        check(c, size);
        long video = TokenGrid.of(c, size).tokens();
        List<Size> sizes = List.of(size);
        return c.rotary()
                ? new Positions(
                        sizes, null, own(ScalarType.ComplexFloat, size.textTokens() + video, 1, c.headDim() / 2), null)
                : new Positions(sizes, own(ScalarType.Float, 1, video, c.width()), null, null);
    }

    private static Tensor own(ScalarType dtype, long... shape) {
        return Scopes.own(Tensors.meta(dtype, shape));
    }

    /** What they take in memory. */
    long bytes() {
        return Stream.of(table, rotation)
                .filter(Objects::nonNull)
                .mapToLong(Tensor::nbytes)
                .sum();
    }

    /**
     * Positions of several clips that go through the network in one sequence, each as it would alone.
     *
     * @param clips of one model; they are still to be closed
     */
    public static Positions packed(List<Positions> clips) {
        Pack pack = new Pack(
                clips.stream().mapToLong(clip -> clip.size().textTokens()).toArray(),
                clips.stream().mapToLong(Positions::videoTokens).toArray());
        List<Size> sizes = clips.stream().map(Positions::size).toList();
        return clips.get(0).rotation == null
                ? new Positions(sizes, joined(clips.stream().map(clip -> clip.table), 1), null, pack)
                : new Positions(sizes, null, joined(rotations(clips), 0), pack);
    }

    /** The rotations of all texts, then of all videos. */
    private static Stream<@Nullable Tensor> rotations(List<Positions> clips) {
        return Stream.concat(
                clips.stream().map(clip -> clip.rows(0, clip.size().textTokens())),
                clips.stream().map(clip -> clip.rows(clip.size().textTokens(), clip.videoTokens())));
    }

    private @Nullable Tensor rows(long start, long count) {
        return rotation == null ? null : rotation.narrow(0, start, count);
    }

    private static Tensor joined(Stream<@Nullable Tensor> parts, long dim) {
        return Scopes.own(Scopes.keep(
                () -> Tensors.cat(dim, parts.filter(Objects::nonNull).toArray(Tensor[]::new))));
    }

    private long videoTokens() {
        return table != null ? table.size(1) : rotation != null ? rotation.size(0) - size().textTokens() : 0;
    }

    /**
     * What these positions are for.
     *
     * @throws IllegalStateException when they are for several clips
     */
    public Size size() {
        if (sizes.size() != 1) {
            throw new IllegalStateException("positions of one clip are needed, found those of " + sizes.size());
        }
        return sizes.get(0);
    }

    /** What these positions are for: one size, or those of a pack's clips. */
    List<Size> sizes() {
        return sizes;
    }

    /** Whether they are for several clips in one sequence. */
    boolean packed() {
        return pack != null;
    }

    /** What is said of each sample, (B, 1, D), so that it can be added to its text tokens. */
    Tensor overText(Tensor vectors) {
        return pack == null ? vectors : pack.overText(vectors);
    }

    /** What is said of each sample, (B, 1, D), so that it can be added to its video tokens. */
    Tensor overVideo(Tensor vectors) {
        return pack == null ? vectors : pack.overVideo(vectors);
    }

    /** The video tokens of each clip, (1, N, D), of those of all. */
    List<Tensor> videos(Tensor x) {
        return pack == null ? List.of(x) : pack.videos(x);
    }

    /** Attention inside each sample: queries, keys and values (B, S, H, K) to (B, S, H, K). */
    Tensor attend(Tensor q, Tensor k, Tensor v, Pack.Attention attention) {
        return pack == null ? attention.of(q, k, v) : pack.attend(q, k, v, attention);
    }

    @Override
    public void close() {
        if (table != null) {
            Scopes.free(table);
        }
        if (rotation != null) {
            Scopes.free(rotation);
        }
    }

    /** Adds the table, where there is one, to the video tokens (B, N, D). */
    Tensor add(Tensor x) {
        return table == null ? x : x.add(table.to(x));
    }

    /** Rotates queries or keys (B, S, H, K), where these positions rotate; text tokens turn by no angle. */
    Tensor rotate(Tensor x) {
        if (rotation == null) {
            return x;
        }
        return Scopes.keep(() -> {
            Tensor pairs = x.to(ScalarType.Float).unflatten(-1, -1, 2); // (B, S, H, K/2, 2)
            Tensor turned = torch.view_as_complex(pairs).mul(rotation.to(x.device(), rotation.scalar_type()));
            return torch.view_as_real(turned).flatten(-2, -1).to(x.scalar_type()); // (B, S, H, K)
        });
    }

    private static void check(TransformerConfig c, Size size) {
        long p = c.patchSize(), pt = c.framesPerPatch();
        if (size.height() < p || size.width() < p || size.height() % p != 0 || size.width() % p != 0) {
            throw new IllegalArgumentException("latent rows and columns must be multiples of the patch size " + p
                    + ", found " + size.height() + " and " + size.width());
        }
        if (size.frames() < pt || size.frames() % pt != 0) {
            throw new IllegalArgumentException(
                    "latent frames must be a multiple of the patch's " + pt + ", found " + size.frames());
        }
        if (c.learned() && (size.height() != c.sampleHeight() || size.width() != c.sampleWidth())) {
            throw new IllegalArgumentException(
                    "this model's learned positions are for latents of " + c.sampleHeight() + " rows and "
                            + c.sampleWidth() + " columns only, found " + size.height() + " and " + size.width());
        }
        if (c.learned() && size.frames() > c.sampleLatentFrames()) {
            throw new IllegalArgumentException("this model's learned positions are for at most " + c.sampleFrames()
                    + " frames, found " + ((size.frames() - 1) * c.temporalCompression() + 1));
        }
    }
}
