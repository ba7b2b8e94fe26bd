package kinema.eval;

/**
 * Which parts of a scenario a video shows.
 *
 * @param subject whether the subject is right
 * @param motion whether the motion is right
 * @param scene whether the scene is right
 */
public record Score(boolean subject, boolean motion, boolean scene) {
    /** Whether everything is right. */
    public boolean all() {
        return subject && motion && scene;
    }
}
