package kinema.memory;

/**
 * The pieces a picture is cut into where coding it whole would need too much memory.
 *
 * @param width pixels per row of a piece
 * @param height its rows
 */
public record Tile(int width, int height) {
    /** A piece that no picture is larger than: pictures are coded whole. */
    public static final Tile WHOLE = new Tile(Integer.MAX_VALUE, Integer.MAX_VALUE);

    /** Checks that there is something to code. */
    public Tile {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a tile must have at least one pixel, found " + width + "x" + height);
        }
    }

    /** Whether pictures of this size are no larger than the piece, so that there is nothing to cut. */
    public boolean covers(int pictureWidth, int pictureHeight) {
        return pictureWidth <= width && pictureHeight <= height;
    }
}
