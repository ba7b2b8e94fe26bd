package kinema.train.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes a vocabulary as a SentencePiece model of the unigram kind, whose rules for texts are the format's standard: a space in front, spaces
 * joined and written as U+2581.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">the format</a>
 */
public final class SentencePieceFile {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;

    /** Tags of protocol buffers: a field's number, and its kind in the last three bits. */
    private static final int PIECE = (1 << 3) | 2;

    private static final int TEXT = (1 << 3) | 2;
    private static final int SCORE = (2 << 3) | 5;
    private static final int TYPE = 3 << 3;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private SentencePieceFile() {}

    /**
     * Writes a model file.
     *
     * @param controls pieces that stand for no text, behind the first, {@code <unk>}
     * @param pieces with their log probabilities
     */
    public static void write(Path file, List<String> controls, Map<String, Double> pieces) throws IOException {
        SentencePieceFile model = new SentencePieceFile();
        model.add("<unk>", 0, UNKNOWN);
        controls.forEach(piece -> model.add(piece, 0, CONTROL));
        pieces.forEach((piece, score) -> model.add(piece, score.floatValue(), NORMAL));
        Files.write(file, model.out.toByteArray());
    }

    private void add(String text, float score, int type) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        piece.write(TEXT);
        number(piece, utf8.length);
        piece.writeBytes(utf8);
        piece.write(SCORE);
        piece.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(score)
                .array());
        piece.write(TYPE);
        number(piece, type);
        out.write(PIECE);
        number(out, piece.size());
        out.writeBytes(piece.toByteArray());
    }

    /** Seven bits a byte, the lowest first. */
    private static void number(ByteArrayOutputStream to, int value) {
        int left = value;
        while (left > 0x7f) {
            to.write((left & 0x7f) | 0x80);
            left >>>= 7;
        }
        to.write(left);
    }
}
