package kinema.eval;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import kinema.train.world.Motion;

/**
 * Decides from its track what a subject does.
 *
 * <p>Each kind of change is measured in parts of what the world's clips show: the way across, the height of the hops, the
 * growth. The largest one names the motion if it is a good part of the full change; else the subject spins or stays.
 */
final class MotionRules {
    private static final double FULL_WAY = 0.46; // frame sides
    private static final double FULL_HOP = 0.32; // frame sides
    private static final double FULL_GROWTH = 0.94; // change of the side over its mean
    /** Less than this part of the full change counts as none. */
    private static final double LEAST = 0.35;
    /** The subject must be seen in this part of the frames. */
    private static final double LEAST_SEEN = 0.6;
    /** Swings are measured between these quantiles, so that one bad frame does not make a hop. */
    private static final double LOW = 0.1;

    private static final double HIGH = 0.9;

    private record Candidate(Motion motion, double strength) {}

    private MotionRules() {}

    /** The motion; empty when the subject is not seen in enough frames. */
    static Optional<Motion> judge(SpriteTrack track) {
        List<Sighting> path = track.sightings();
        if (path.size() < Math.max(2, LEAST_SEEN * track.frames())) {
            return Optional.empty();
        }
        double right = slope(path, Sighting::x) / FULL_WAY;
        double down = slope(path, Sighting::y) / FULL_WAY;
        double growth = slope(path, s -> Math.sqrt(s.area())) / mean(path, s -> Math.sqrt(s.area())) / FULL_GROWTH;
        Candidate best = strongest(
                new Candidate(right > 0 ? Motion.RIGHT : Motion.LEFT, Math.abs(right)),
                new Candidate(down > 0 ? Motion.DOWN : Motion.UP, Math.abs(down)),
                new Candidate(growth > 0 ? Motion.GROW : Motion.SHRINK, Math.abs(growth)),
                new Candidate(Motion.BOUNCE, hop(path) / FULL_HOP));
        if (best.strength >= LEAST) {
            return Optional.of(best.motion);
        }
        return Optional.of(track.turn() == 0 ? Motion.STILL : Motion.SPIN);
    }

    private static Candidate strongest(Candidate... candidates) {
        Candidate best = candidates[0];
        for (Candidate candidate : candidates) {
            best = candidate.strength > best.strength ? candidate : best;
        }
        return best;
    }

    /**
     * How much more the subject goes up and down than from side to side, apart from its straight way. A subject that
     * spins beside its centre circles: it does both alike.
     */
    private static double hop(List<Sighting> path) {
        return swing(path, Sighting::y) - swing(path, Sighting::x);
    }

    /** The range of a value around its straight line over time. */
    private static double swing(List<Sighting> path, ToDoubleFunction<Sighting> value) {
        double slope = slope(path, value);
        double[] rest = path.stream()
                .mapToDouble(s -> value.applyAsDouble(s) - slope * s.time())
                .sorted()
                .toArray();
        return quantile(rest, HIGH) - quantile(rest, LOW);
    }

    private static double quantile(double[] sorted, double part) {
        return sorted[(int) Math.round(part * (sorted.length - 1))];
    }

    /** The change from first to last frame of the least-squares line. */
    private static double slope(List<Sighting> path, ToDoubleFunction<Sighting> value) {
        double middle = mean(path, Sighting::time);
        double level = mean(path, value);
        double[] sums = new double[2];
        for (Sighting s : path) {
            sums[0] += (s.time() - middle) * (value.applyAsDouble(s) - level);
            sums[1] += (s.time() - middle) * (s.time() - middle);
        }
        return sums[0] / sums[1];
    }

    private static double mean(List<Sighting> path, ToDoubleFunction<Sighting> value) {
        return path.stream().mapToDouble(value).average().orElseThrow();
    }
}
