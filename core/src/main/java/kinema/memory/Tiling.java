package kinema.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sizes of pieces that pictures can be coded in. Stages with equal tilings are coded in the same pieces.
 *
 * @param width of the pictures, pixels
 * @param height of the pictures
 * @param choices the largest first
 */
public record Tiling(int width, int height, List<Tile> choices) {
    /** For stages without pictures, or such as are only ever coded whole. */
    public static final Tiling NONE = new Tiling(1, 1, List.of(Tile.WHOLE));

    private static final int EIGHTHS = 8;
    private static final long SMALLEST = 64; // pixels

    /** Keeps a copy of the list. */
    public Tiling {
        choices = List.copyOf(choices);
        if (choices.isEmpty()) {
            throw new IllegalArgumentException("there must be at least one size of tile");
        }
    }

    /** Nothing but pieces of this size. */
    public static Tiling only(Tile tile, int width, int height) {
        return new Tiling(width, height, List.of(tile));
    }

    /**
     * Whole, or in eighths of rows and columns from seven down to one.
     *
     * @param unit rows and columns of a piece are multiples of so many pixels
     */
    public static Tiling any(int width, int height, long unit) {
        List<Tile> tiles = new ArrayList<>(List.of(Tile.WHOLE));
        for (int n = EIGHTHS - 1; n >= 1; n--) {
            Tile tile = new Tile(eighths(width, n, unit), eighths(height, n, unit));
            if (!tile.covers(width, height)) {
                tiles.add(tile);
            }
        }
        return new Tiling(width, height, tiles);
    }

    /** A piece, unless it is as large as the pictures. */
    Optional<Tile> pieces(Tile tile) {
        return Optional.of(tile).filter(t -> !t.covers(width, height));
    }

    private static int eighths(int pixels, int n, long unit) {
        long part = (pixels * (long) n / EIGHTHS + unit - 1) / unit * unit;
        return Math.toIntExact(Math.max(Math.min(SMALLEST, pixels), part));
    }
}
