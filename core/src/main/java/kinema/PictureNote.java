package kinema;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import kinema.system.Condition;
import kinema.system.ConditionType;
import kinema.weights.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * What a provenance says of the pictures a generation started from or followed: not what they show, but how to tell
 * whether they are the same.
 *
 * @param type what they were to the generation
 * @param digest SHA-256 in hex over their width, height (four bytes each, the highest first) and all their bytes
 * @param strength how much of a video was made anew; null for pictures that were not to be changed
 * @param fit how they were brought to the video's shape
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PictureNote(
        ConditionType type, String digest, @Nullable Double strength, Fit fit) {
    /** The note of pictures. */
    public static PictureNote of(PictureCondition c) {
        return of(c, c.pictures().frames().size());
    }

    /** The note of the first {@code count} pictures, or of all where there are fewer. */
    static PictureNote of(PictureCondition c, int count) {
        Double strength = c.type() == ConditionType.VIDEO ? c.strength() : null;
        return new PictureNote(c.type(), digest(c.pictures(), count), strength, c.fit());
    }

    /** What they are to the generation. */
    Condition condition() {
        return new Condition(type, strength == null ? 1 : strength);
    }

    private static String digest(Video pictures, int count) {
        Sha256 sha = new Sha256()
                .add(ByteBuffer.allocate(2 * Integer.BYTES)
                        .putInt(pictures.width())
                        .putInt(pictures.height())
                        .flip());
        pictures.frames().stream().limit(count).forEach(sha::add);
        return sha.hex();
    }
}
