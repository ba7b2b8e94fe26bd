package kinema.train.world;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Draws scenarios: subject, motion and scene evenly over the split's combinations, then colours. */
final class Sampler {
    /** Part of the colourable subjects' clips that name a colour. */
    private static final double COLORED = 0.6;

    private static final List<Motion> MOTIONS = List.of(Motion.values());
    private static final List<Scene> SCENES = List.of(Scene.values());
    private static final List<ColorWord> COLORS = List.of(ColorWord.values());

    private final List<Subject> subjects;

    Sampler(List<Subject> subjects) {
        this.subjects = subjects;
    }

    Scenario sample(SplittableRandom random, Split split) {
        while (true) { // about 1.05 rounds for TRAIN and 20 for HELD_OUT
            Subject subject = any(subjects, random);
            Motion motion = any(MOTIONS, random);
            Scene scene = any(SCENES, random);
            if (HeldOut.contains(subject, motion, scene) == (split == Split.HELD_OUT)) {
                return dress(subject, motion, scene, random);
            }
        }
    }

    private static Scenario dress(Subject subject, Motion motion, Scene scene, SplittableRandom random) {
        ColorWord color = subject.colorable() && random.nextDouble() < COLORED ? color(random) : null;
        ColorWord background = scene == Scene.PLAIN ? backgroundFor(subject, color, random) : null;
        return new Scenario(subject, color, motion, scene, background);
    }

    private static <T> T any(List<T> choices, SplittableRandom random) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Any colour word. */
    static ColorWord color(SplittableRandom random) {
        return any(COLORS, random);
    }

    /** A background the subject stands out from. */
    static ColorWord backgroundFor(Subject subject, @Nullable ColorWord color, SplittableRandom random) {
        ColorWord own = color == null ? subject.nativeColor() : color;
        ColorWord background = color(random);
        while (background == own) {
            background = color(random);
        }
        return background;
    }
}
