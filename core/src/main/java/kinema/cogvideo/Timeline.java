package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.BackboneConfig;

/**
 * Which frames are made when: five key frames, then in each round one more between any two neighbours, so that 5 become 9, 17
 * and 33. Frames go by their place in the finished video, from 0.
 *
 * @param frames of the finished video
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
record Timeline(int frames) {
    /** The numbers of frames there can be. */
    static final List<Integer> LENGTHS = List.of(5, 9, 17, 33);

    private static final int PARTS = BackboneConfig.FRAMES - 1; // between key frames

    /**
     * That of a video.
     *
     * @throws IllegalArgumentException for another number of frames, with the nearest
     */
    static Timeline of(int frames) {
        if (!LENGTHS.contains(frames)) {
            int nearest = LENGTHS.stream()
                    .reduce((a, b) -> Math.abs(b - frames) < Math.abs(a - frames) ? b : a)
                    .orElseThrow();
            throw new IllegalArgumentException(
                    "frames must be 5, 9, 17 or 33, found " + frames + "; nearest: " + nearest);
        }
        return new Timeline(frames);
    }

    /** Rounds of interpolation. */
    int rounds() {
        return LENGTHS.indexOf(frames);
    }

    /** The place of a key frame. */
    int keyFrame(int number) {
        return number * apart(0);
    }

    /** How far frames are apart before a round. */
    private int apart(int round) {
        return ((frames - 1) / PARTS) >> round;
    }

    /** Windows of a round: each is three frames that are there and the two between them. */
    int windows(int round) {
        return 2 << round;
    }

    /** The five places of a window in the order of time; the second and the fourth are made in this round. */
    List<Integer> window(int round, int number) {
        int half = apart(round) / 2;
        List<Integer> places = new ArrayList<>();
        for (int time = 0; time < BackboneConfig.FRAMES; time++) {
            places.add(2 * apart(round) * number + time * half);
        }
        return places;
    }
}
