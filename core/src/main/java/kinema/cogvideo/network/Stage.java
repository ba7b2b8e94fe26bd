package kinema.cogvideo.network;

import java.util.stream.IntStream;

/**
 * The two tasks CogVideo's temporal channel is trained for, each with weights of its own.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
public enum Stage {
    /** Five key frames in the order of time; every token sees all that come before it. */
    KEYFRAMES(0, "01234"),
    /** Two frames between three that are given: those come first in the sequence, and windows of frames see one another. */
    INTERPOLATION(3, "02413");

    private final int given;
    private final String order; // the time of each rank, a digit

    Stage(int given, String order) {
        this.given = given;
        this.order = order;
    }

    /** Number of a sequence's first frames that are there as wholes, so that their tokens see one another in both directions. */
    public int given() {
        return given;
    }

    /** The time, from 0, of the frame that comes {@code rank}-th in the order of generation. */
    public int time(int rank) {
        return order.charAt(rank) - '0';
    }

    /** For each time the frame's rank in the order of generation. */
    int[] ranks() {
        int[] ranks = new int[order.length()];
        for (int rank = 0; rank < order.length(); rank++) {
            ranks[time(rank)] = rank;
        }
        return ranks;
    }

    /** The times of the frames that the stage learns to make, in their order. */
    public int[] learned() {
        return IntStream.range(Math.max(1, given), order.length())
                .map(this::time)
                .sorted()
                .toArray();
    }

    /** Whether the temporal channel is cut into windows of the grid. */
    boolean isWindowed() {
        return this == INTERPOLATION;
    }
}
