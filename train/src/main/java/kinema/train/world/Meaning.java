package kinema.train.world;

import org.jspecify.annotations.Nullable;

/**
 * What a sentence says of the world, as far as it does.
 *
 * @param subject what is seen; null where none is named
 * @param motion what it does; null where nothing is said
 * @param scene where; null where nothing is said
 */
public record Meaning(
        @Nullable Subject subject,
        @Nullable Motion motion,
        @Nullable Scene scene) {
    /** Whether it says nothing of the world. */
    public boolean isEmpty() {
        return subject == null && motion == null && scene == null;
    }
}
