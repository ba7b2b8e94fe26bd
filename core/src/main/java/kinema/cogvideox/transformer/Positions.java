package kinema.cogvideox.transformer;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Where the tokens are, for one size of latents: made once and given to every forward of that size. The 2b model adds a
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

    private final Size size;
    private final @Nullable Tensor table; // (1, N, D)
    private final @Nullable Tensor rotation; // (S, 1, K/2) complex

    private Positions(Size size, @Nullable Tensor table, @Nullable Tensor rotation) {
        this.size = size;
        this.table = table;
        this.rotation = rotation;
    }

    /**
     * Positions for latents of {@code size}.
     *
     * @throws IllegalArgumentException when the size cannot be cut into patches, or is not the one size that learned
     *     positions exist for
     */
    public static Positions of(TransformerConfig c, Size size) {
        check(c, size);
        return c.rotary()
                ? new Positions(size, null, Scopes.own(Scopes.keep(() -> Rotary.table(c, size))))
                : new Positions(size, Scopes.own(Scopes.keep(() -> SincosPositions.table(c, size))), null);
    }

    /** What these positions are for. */
    public Size size() {
        return size;
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
