package kinema.train.world;

import org.jspecify.annotations.Nullable;

/**
 * A thing a clip can be about.
 *
 * @param name key of the sprite file and of the held-out hash, words joined by underscores
 * @param facing which way the picture looks
 * @param paint how it takes a colour word
 * @param nativeColor the colour word that already describes the picture; null if none does
 * @param gait how it gets along
 */
public record Subject(
        String name, Facing facing, Paint paint, @Nullable ColorWord nativeColor, Gait gait) {
    /** The noun of a caption, such as "flying saucer". */
    public String noun() {
        return name.replace('_', ' ');
    }

    /** Whether a caption may give it a colour. */
    public boolean colorable() {
        return paint != Paint.NONE;
    }
}
