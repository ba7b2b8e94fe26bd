package kinema.train.world;

import org.jspecify.annotations.Nullable;

/**
 * What a clip shows. Its subject, motion and scene are the triple that is either trained on or held out.
 *
 * @param subject what is seen
 * @param color the subject's colour word; null for its own look without a colour in the caption
 * @param motion what it does
 * @param scene where
 * @param background colour of a {@link Scene#PLAIN} scene; null for every other scene
 */
public record Scenario(
        Subject subject,
        @Nullable ColorWord color,
        Motion motion,
        Scene scene,
        @Nullable ColorWord background) {
    /** Checks that colours are only given where they apply. */
    public Scenario {
        if (color != null && !subject.colorable()) {
            throw new IllegalArgumentException("subject '" + subject.name() + "' cannot be coloured, found colour "
                    + color.word() + "; use a colourable subject or no colour");
        }
        if ((background != null) != (scene == Scene.PLAIN)) {
            throw new IllegalArgumentException("a background colour goes with scene PLAIN and no other, found scene "
                    + scene + " with " + (background == null ? "none" : background.word()));
        }
    }
}
