package kinema.eval;

import java.util.List;
import kinema.Video;

/**
 * Measures an even rotation of the subject around its mean centre.
 *
 * <p>Every frame becomes a polar picture of the subject; a rotation is a shift of its angles. The turn whose shifts make
 * the pictures of frames near one another agree best wins, if they agree better than without turning.
 */
final class SpinMeter {
    /** Frames apart: neighbours of a blurred video agree whatever they show. */
    private static final int LEAST_LAG = 2;

    private static final int MOST_LAG = 4;
    private static final double MOST_TURN = 540; // degrees over the whole video
    private static final double TURN_STEP = 22.5;
    /** Turns below this are swaying, not spinning. */
    private static final double LEAST_TURN = 135;

    private SpinMeter() {}

    /** The turn in degrees, clockwise; 0 when the subject does not turn. */
    static double turn(Video video, List<float[]> masks, List<Sighting> sightings) {
        if (sightings.size() < 2) {
            return 0;
        }
        double x = sightings.stream().mapToDouble(Sighting::x).average().orElseThrow();
        double y = sightings.stream().mapToDouble(Sighting::y).average().orElseThrow();
        double area = sightings.stream().mapToDouble(Sighting::area).average().orElseThrow();
        PolarPatch[] patches = new PolarPatch[masks.size()];
        for (int i = 0; i < patches.length; i++) {
            patches[i] = PolarPatch.of(video, i, masks.get(i), new PolarPatch.Disc(x, y, Math.sqrt(area / Math.PI)));
        }
        return best(patches);
    }

    private static double best(PolarPatch[] patches) {
        double still = -1;
        double best = -1;
        double turn = 0;
        for (double candidate = -MOST_TURN; candidate <= MOST_TURN; candidate += TURN_STEP) {
            double agreement = agreement(patches, candidate);
            if (Math.abs(candidate) < LEAST_TURN) {
                still = Math.max(still, agreement);
            } else if (agreement > best) {
                best = agreement;
                turn = candidate;
            }
        }
        return best > still ? turn : 0;
    }

    /** Mean correlation of each patch with those a few frames later, turned back. */
    private static double agreement(PolarPatch[] patches, double turn) {
        int last = patches.length - 1;
        double sum = 0;
        int pairs = 0;
        for (int lag = Math.min(LEAST_LAG, last); lag <= Math.min(MOST_LAG, last); lag++) {
            double degrees = turn * lag / last;
            for (int i = 0; i + lag < patches.length; i++) {
                sum += patches[i].correlation(patches[i + lag], degrees);
                pairs++;
            }
        }
        return sum / pairs;
    }
}
