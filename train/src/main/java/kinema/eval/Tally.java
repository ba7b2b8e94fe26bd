package kinema.eval;

import java.util.Collection;

/**
 * How many videos show what they should.
 *
 * @param videos judged
 * @param subject with the right subject
 * @param motion with the right motion
 * @param scene with the right scene
 * @param all with all three
 */
public record Tally(int videos, int subject, int motion, int scene, int all) {
    /** Counts scores. */
    public static Tally of(Collection<Score> scores) {
        return new Tally(
                scores.size(),
                (int) scores.stream().filter(Score::subject).count(),
                (int) scores.stream().filter(Score::motion).count(),
                (int) scores.stream().filter(Score::scene).count(),
                (int) scores.stream().filter(Score::all).count());
    }
}
