package kinema.diffusion;

/**
 * The pieces a picture is cut into where coding it whole would need too much memory.
 *
 * @param width pixels per row of a piece
 * @param height its rows
 */
public record Tile(int width, int height) {
    /** Checks that there is something to code. */
    public Tile {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a tile must have at least one pixel, found " + width + "x" + height);
        }
    }
}
