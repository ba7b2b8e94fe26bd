package kinema.text.tokenize;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tokenized text.
 *
 * @param ids exactly as many as were asked for; after the first {@code used} only padding. Not to be changed
 * @param used number of ids that are not padding, start and end tokens included
 * @param cut the part of the text that did not fit, as near as the vocabulary can say it; null when all fits
 */
public record TokenIds(long[] ids, int used, @Nullable String cut) {
    /** The id of padding in most vocabularies. */
    public static final long PAD = 0;

    /** A text's ids followed by padding up to {@code length}. */
    static TokenIds padded(long[] used, int length, @Nullable String cut) {
        return padded(used, length, PAD, cut);
    }

    /** A text's ids followed by another padding up to {@code length}. */
    static TokenIds padded(long[] used, int length, long pad, @Nullable String cut) {
        long[] ids = Arrays.copyOf(used, length);
        Arrays.fill(ids, used.length, length, pad);
        return new TokenIds(ids, used.length, cut);
    }

    /** Checks what {@link Tokenizer#encode} asks of its argument. */
    static void checkLength(int maxLength) {
        if (maxLength < 2) {
            throw new IllegalArgumentException(
                    "maxLength must be at least 2 (one token and the end token), found " + maxLength);
        }
    }
}
