package kinema.text.tokenize;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kinema.text.protobuf.ProtobufReader;

/** The vocabulary in a SentencePiece model file, read to check it before native code does: that aborts on some faults. */
final class SentencePieceModel {
    private static final int PIECES = 1; // fields of ModelProto and SentencePiece in sentencepiece_model.proto
    private static final int PIECE_TEXT = 1;
    private static final List<String> FIRST = List.of("<pad>", "</s>", "<unk>");

    private SentencePieceModel() {}

    /**
     * The number of pieces.
     *
     * @throws IOException when these bytes are not such a model, or not one with T5's first three pieces
     */
    static int pieces(byte[] model) throws IOException {
        List<String> first = new ArrayList<>();
        int count = 0;
        ProtobufReader reader = new ProtobufReader(new ByteArrayInputStream(model));
        while (reader.next()) {
            if (reader.field() == PIECES) {
                count++;
                if (first.size() < FIRST.size()) {
                    first.add(text(reader.message()));
                }
            }
        }
        if (!first.equals(FIRST)) {
            throw new IOException("a T5 vocabulary starts with " + FIRST + ", this one with " + first);
        }
        return count;
    }

    private static String text(ProtobufReader piece) throws IOException {
        String text = "";
        while (piece.next()) {
            if (piece.field() == PIECE_TEXT) {
                text = piece.text();
            }
        }
        return text;
    }
}
