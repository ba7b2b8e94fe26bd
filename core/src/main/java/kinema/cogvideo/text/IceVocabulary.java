package kinema.cogvideo.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kinema.text.tokenize.SentencePiece;
import kinema.weights.WeightsException;

/**
 * icetk's text vocabulary, a SentencePiece model whose ids come after those of the image tokens: a piece's id is its place
 * plus their number. Three pieces are added behind those of the file. Immutable; safe to share between threads.
 *
 * @see <a href="https://github.com/THUDM/icetk">icetk</a>
 */
public final class IceVocabulary {
    /** The file's name. */
    public static final String NAME = "ice_text.model";

    private static final String START_OF_IMAGE = "<start_of_image>";
    private static final List<String> ADDED = List.of(START_OF_IMAGE, "<start_of_english>", "<start_of_chinese>");
    private static final String NEWLINE = "<n>";

    private final SentencePiece pieces;
    private final long imageTokens;
    private final long startOfImage;
    private final long newline;

    private IceVocabulary(Path file, SentencePiece pieces, long imageTokens) {
        this.pieces = pieces;
        this.imageTokens = imageTokens;
        startOfImage = required(file, START_OF_IMAGE);
        newline = required(file, NEWLINE);
    }

    /**
     * Reads {@code ice_text.model}.
     *
     * @param imageTokens how many ids come before those of text
     * @throws WeightsException when it is missing, damaged, or the model of another vocabulary
     */
    public static IceVocabulary read(Path file, long imageTokens) {
        if (!Files.exists(file)) {
            throw new WeightsException(
                    file + ": no such file; it is icetk's text model, which CogVideo's prompts need");
        }
        try {
            return new IceVocabulary(file, SentencePiece.read(file, ADDED), imageTokens);
        } catch (IOException e) {
            throw new WeightsException(
                    file + ": not icetk's SentencePiece model (" + e.getMessage() + "); download it again", e);
        }
    }

    /** One more than the largest id. */
    public long size() {
        return imageTokens + pieces.size();
    }

    /** The token that starts an image. */
    public long startOfImage() {
        return startOfImage;
    }

    /** The token of a line's end, which follows the duration of a clip. */
    public long newline() {
        return newline;
    }

    /** The ids of a text; a line's end in it is what the file makes of one, a space in icetk's. */
    public long[] encode(String text) {
        return Arrays.stream(pieces.encode(text))
                .mapToLong(id -> id + imageTokens)
                .toArray();
    }

    /** The text that ids of {@link #encode} stand for, as near as the vocabulary can say it. */
    public String decode(long... ids) {
        return pieces.decode(Arrays.stream(ids)
                .mapToInt(id -> Math.toIntExact(id - imageTokens))
                .toArray());
    }

    private long required(Path file, String piece) {
        return imageTokens
                + pieces.find(piece)
                        .orElseThrow(() -> new WeightsException(file + ": has no piece '" + piece
                                + "'; expected icetk's " + NAME + ", not another SentencePiece model"));
    }
}
