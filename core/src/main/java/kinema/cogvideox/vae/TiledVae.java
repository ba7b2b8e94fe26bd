package kinema.cogvideox.vae;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kinema.memory.Tile;
import kinema.nn.Posterior;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Codes a picture tile by tile, so that memory grows with the tile and not with the picture.
 *
 * <p>Tiles overlap by a sixth of their rows and a fifth of their columns; over the overlap a tile fades into the one
 * above and the one to the left. All frames of a tile go through before the next tile. The result differs from that of
 * the whole picture, since norms take their statistics over a tile.
 *
 * <p>Where the overlap is no whole number of latent points it is rounded up. The published implementation rounds rows of
 * pixels and of latents each for itself there, so that tiles no longer meet; elsewhere the two agree.
 */
public final class TiledVae implements LatentCodec {
    private static final double OVERLAP_ROWS = 1.0 / 6;
    private static final double OVERLAP_COLUMNS = 1.0 / 5;
    private static final int FRAMES = 2; // axes of (B, C, T, H, W)
    private static final int ROWS = 3;
    private static final int COLUMNS = 4;
    private static final long HANDED_OVER = 8; // frames at a time

    /**
     * How pictures are cut, in latent points.
     *
     * @param unit pixels per latent row or column
     */
    public record Layout(Spans rows, Spans columns, long unit) {
        /**
         * The layout of tiles of this size.
         *
         * @throws IllegalArgumentException when the tile is no multiple of a latent point's pixels, or too small to overlap
         */
        public static Layout of(Tile tile, VaeConfig c) {
            long unit = c.spatialCompression();
            return new Layout(
                    Spans.of("height", tile.height(), unit, OVERLAP_ROWS),
                    Spans.of("width", tile.width(), unit, OVERLAP_COLUMNS),
                    unit);
        }
    }

    /** Where tiles lie along rows or columns, in latent points: each is {@code size} long, {@code stride} after the last. */
    record Spans(long size, long stride) {
        static Spans of(String name, long pixels, long unit, double overlap) {
            if (pixels % unit != 0 || pixels < 2 * unit) {
                throw new IllegalArgumentException("a tile's " + name + " must be a multiple of " + unit
                        + " and at least " + 2 * unit + ", found " + pixels + "; nearest: "
                        + Math.max(2, Math.round((double) pixels / unit)) * unit);
            }
            long size = pixels / unit;
            return new Spans(size, (long) (size * (1 - overlap)));
        }

        long overlap() {
            return size - stride;
        }
    }

    private final Vae vae;
    private final UnaryOperator<Tensor> encoder, decoder; // of a tile
    private final long unit;
    private final Spans rows, columns;

    /** The same VAE, in tiles. */
    TiledVae(Vae vae, Layout layout) {
        this(vae, layout, vae::moments, vae::decode);
    }

    /** The same with other ways from a tile's pixels to moments and from its latents to pixels. */
    TiledVae(Vae vae, Layout layout, UnaryOperator<Tensor> encoder, UnaryOperator<Tensor> decoder) {
        this.vae = vae;
        this.encoder = encoder;
        this.decoder = decoder;
        unit = layout.unit();
        rows = layout.rows();
        columns = layout.columns();
    }

    @Override
    public Posterior encode(Tensor video) {
        vae.checkVideo(video);
        try (Tensor moments = tiled(video, unit, 1, encoder)) {
            return Posterior.of(moments);
        }
    }

    @Override
    public void decode(Tensor latents, Consumer<Tensor> frames) {
        Scopes.run(() -> {
            Tensor video = tiled(latents, 1, unit, decoder); // (B, 3, T, H, W)
            for (long t = 0; t < video.size(FRAMES); t += HANDED_OVER) {
                Tensor chunk = span(video, FRAMES, t, HANDED_OVER);
                frames.accept(chunk);
                chunk.close();
            }
        });
    }

    /**
     * Cuts, codes, blends and joins. Besides the result only a tile and the edges of those before it are in memory.
     *
     * @param in lines of {@code x} per latent point
     * @param out lines of the result per latent point
     */
    private Tensor tiled(Tensor x, long in, long out, UnaryOperator<Tensor> code) {
        return Scopes.keep(() -> {
            Tensor all = null;
            List<Tensor> above = List.of();
            for (long y = 0; y < x.size(ROWS) / in; y += rows.stride()) {
                List<Tensor> below = new ArrayList<>();
                Tensor left = null;
                for (long column = 0; column < x.size(COLUMNS) / in; column += columns.stride()) {
                    Tensor tile = code.apply(cut(x, y, column, in));
                    all = all == null ? whole(tile, x, in, out) : all;
                    if (y > 0) {
                        fade(above.get(below.size()), tile, ROWS);
                    }
                    if (left != null) {
                        fade(left, tile, COLUMNS);
                        left.close();
                    }
                    put(tile, all, out * y, out * column);
                    below.add(edge(tile, ROWS, out * rows.overlap()));
                    left = edge(tile, COLUMNS, out * columns.overlap());
                    tile.close();
                }
                above.forEach(Tensor::close);
                above = below;
            }
            return Objects.requireNonNull(all, "a picture has at least one tile");
        });
    }

    private Tensor cut(Tensor x, long y, long column, long in) {
        return span(span(x, ROWS, in * y, in * rows.size()), COLUMNS, in * column, in * columns.size());
    }

    /** Room for the result: as long as the tile, as large as the picture. */
    private static Tensor whole(Tensor tile, Tensor x, long in, long out) {
        long[] shape = tile.shape();
        shape[ROWS] = x.size(ROWS) / in * out;
        shape[COLUMNS] = x.size(COLUMNS) / in * out;
        return torch.empty(shape, tile.options(), null);
    }

    /** Copies a tile to its place; the tiles below and to the right will cover what they have too. */
    private static void put(Tensor tile, Tensor all, long y, long column) {
        Scopes.run(() -> {
            Tensor place = all.narrow(ROWS, y, tile.size(ROWS)).narrow(COLUMNS, column, tile.size(COLUMNS));
            place.copy_(tile);
        });
    }

    /** A copy of a tile's last lines. */
    private static Tensor edge(Tensor tile, int axis, long length) {
        long lines = Math.min(length, tile.size(axis));
        return Scopes.keep(
                () -> tile.narrow(axis, tile.size(axis) - lines, lines).clone());
    }

    /** Fades the first lines of {@code tile}, in place, into the last of the edge before. */
    private static void fade(Tensor before, Tensor tile, int axis) {
        Scopes.run(() -> {
            long length = Math.min(before.size(axis), tile.size(axis));
            Tensor first = tile.narrow(axis, 0, length);
            Tensor last = before.narrow(axis, before.size(axis) - length, length);
            float[] old = new float[Math.toIntExact(length)];
            float[] fresh = new float[old.length];
            for (int i = 0; i < old.length; i++) {
                fresh[i] = (float) ((double) i / length);
                old[i] = (float) (1 - (double) i / length);
            }
            first.copy_(last.mul(along(axis, old, tile)).add(first.mul(along(axis, fresh, tile))));
        });
    }

    /** One weight per line of an axis of {@code x}, (B, C, T, H, W), on its device. */
    private static Tensor along(int axis, float[] weights, Tensor x) {
        long[] shape = {1, 1, 1, 1, 1};
        shape[axis] = weights.length;
        return Tensors.of(weights, shape).to(x.device(), ScalarType.Float);
    }

    /** Up to {@code length} lines of an axis; fewer at the end. */
    private static Tensor span(Tensor x, int axis, long start, long length) {
        return x.narrow(axis, start, Math.min(length, x.size(axis) - start));
    }
}
