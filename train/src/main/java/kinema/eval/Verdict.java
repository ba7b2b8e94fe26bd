package kinema.eval;

import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;
import kinema.train.world.Subject;
import org.jspecify.annotations.Nullable;

/**
 * What a video shows, as the judge sees it.
 *
 * @param subject the likeliest subject
 * @param motion what it does; null when no subject is seen in enough frames
 * @param scene the nearest scene
 */
public record Verdict(Subject subject, @Nullable Motion motion, Scene scene) {
    /** How this compares with what was asked for. */
    public Score score(Scenario asked) {
        return new Score(subject.equals(asked.subject()), motion == asked.motion(), scene == asked.scene());
    }
}
