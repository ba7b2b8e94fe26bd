package kinema.train.world;

import java.util.ArrayList;
import java.util.List;

/**
 * Decides which combinations of subject, motion and scene are kept from training: about one in twenty, by a hash of
 * their names, so that adding a subject never moves another combination from one side to the other.
 */
public final class HeldOut {
    private static final int ONE_IN = 20;

    /** The sentence of the README; held out so that it is an honest test. */
    private static final Triple README = new Triple("rocket", Motion.UP, Scene.NIGHT_SKY);

    /** A combination by the subject's name. */
    private record Triple(String subject, Motion motion, Scene scene) {}

    private HeldOut() {}

    /** Whether the combination is kept from training. */
    public static boolean contains(Subject subject, Motion motion, Scene scene) {
        Triple triple = new Triple(subject.name(), motion, scene);
        return triple.equals(README) || Long.remainderUnsigned(order(subject, motion, scene), ONE_IN) == 0;
    }

    /** A number that looks random but only depends on the names. */
    static long order(Subject subject, Motion motion, Scene scene) {
        long z = (subject.name() + "|" + motion.name() + "|" + scene.name()).hashCode() * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L; // the finaliser of SplitMix64
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** All held-out combinations of these subjects, without colours; plain scenes have a blue background. */
    static List<Scenario> scenarios(List<Subject> subjects) {
        List<Scenario> all = new ArrayList<>();
        for (Subject subject : subjects) {
            for (Motion motion : Motion.values()) {
                for (Scene scene : Scene.values()) {
                    if (contains(subject, motion, scene)) {
                        all.add(new Scenario(
                                subject, null, motion, scene, scene == Scene.PLAIN ? ColorWord.BLUE : null));
                    }
                }
            }
        }
        return all;
    }
}
