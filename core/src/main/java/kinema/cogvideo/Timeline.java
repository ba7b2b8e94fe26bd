package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.cogvideo.network.BackboneConfig;
import kinema.system.Sampling;

/**
 * Which frames are made when: five key frames, then in each round one more between any two neighbours, so that 5 become 9, 17
 * and 33. Where a video is given its frames are there before a later round. Frames go by their place in the finished video,
 * from 0.
 *
 * @param frames of the finished video
 * @param begun rounds that are not made, since the frames before the next one are given
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
record Timeline(int frames, int begun) {
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
        return new Timeline(frames, 0);
    }

    /**
     * That of a request.
     *
     * @throws IllegalArgumentException as {@link #of(int)}, and where fewer than five frames would have to be given
     */
    static Timeline of(Sampling s) {
        Timeline all = of(s.size().frames());
        if (CogVideoSettings.from(s) != Level.INTERPOLATE) {
            return all;
        }
        int rounds = s.settings().get(CogVideoSettings.ROUNDS);
        if (rounds > all.rounds()) {
            throw new IllegalArgumentException("rounds must be at most " + all.rounds() + " for " + all.frames
                    + " frames, which are five doubled so often, found " + rounds + "; choose fewer, or more frames");
        }
        return new Timeline(all.frames, all.rounds() - rounds);
    }

    /** The most frames that a given video can stand for, of so many. */
    static int longest(int given) {
        return LENGTHS.stream().filter(length -> length <= given).reduce(LENGTHS.get(0), Math::max);
    }

    /** Rounds of interpolation, from five frames to all. */
    int rounds() {
        return LENGTHS.indexOf(frames);
    }

    /** How many frames are there before the first round that is made. */
    int known() {
        return LENGTHS.get(begun);
    }

    /** The places of the frames that are there before the first round that is made. */
    List<Integer> knownPlaces() {
        return IntStream.range(0, known()).map(i -> i * apart(begun)).boxed().toList();
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
