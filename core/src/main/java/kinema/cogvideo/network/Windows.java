package kinema.cogvideo.network;

import java.util.stream.IntStream;

/**
 * The windows into which the second stage's temporal channel cuts a frame's grid: side by side in layers of even number, half
 * a window further up and left in the others, so that those at the border are smaller.
 *
 * @param grid rows of a frame, and its columns
 * @param size rows of a window, and its columns
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.3</a>
 */
record Windows(int grid, int size) {
    /** The kinds of layer. */
    static final int PARITIES = 2;

    /** A window's number. */
    int of(int parity, int slot) {
        int bands = grid / size + 1;
        return band(parity, slot / grid) * bands + band(parity, slot % grid);
    }

    /** As {@link #of} where windows that leave the grid on one side come back on the other. */
    int wrapped(int parity, int slot) {
        int bands = grid / size;
        return band(parity, slot / grid) % bands * bands + band(parity, slot % grid) % bands;
    }

    /** The slots of a window in their order. */
    int[] slots(int parity, int window) {
        return IntStream.range(0, grid * grid)
                .filter(slot -> of(parity, slot) == window)
                .toArray();
    }

    private int band(int parity, int row) {
        return (row + parity * size / 2) / size;
    }
}
