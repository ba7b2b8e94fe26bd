package kinema.text.tokenize;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import kinema.files.SmallFile;

/**
 * A vocabulary in a SentencePiece model file, unigram or BPE: from texts to the ids of its pieces and back, with the ids
 * that SentencePiece itself gives. All in Java, so no model file can do harm. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/1808.06226">SentencePiece</a>
 */
public final class SentencePiece {
    private static final int MAX_FILE = 64 << 20;

    private final SentencePieceModel model;
    private final PieceNormalizer normalizer;
    private final Segmenter segmenter;
    private final int unknown;
    private final List<Integer> byteIds;

    private SentencePiece(SentencePieceModel model) throws IOException {
        this.model = model;
        normalizer = new PieceNormalizer(model);
        segmenter = model.merges() ? new MergeSegmenter(model) : new UnigramSegmenter(model);
        unknown = model.ids(Piece.Type.UNKNOWN).get(0);
        byteIds = model.byteIds();
    }

    /**
     * Reads a model file.
     *
     * @throws IOException when it cannot be read or is no such model, with what is wrong
     */
    public static SentencePiece read(Path file) throws IOException {
        return read(file, List.of());
    }

    /**
     * Reads a model file and adds pieces behind its own, which are found in texts as these are; their score is 0.
     *
     * @throws IOException as {@link #read(Path)}, and when the file has one of them already
     */
    public static SentencePiece read(Path file, List<String> more) throws IOException {
        return new SentencePiece(SentencePieceModel.read(SmallFile.bytes(file, MAX_FILE), more));
    }

    /** Number of pieces. */
    public int size() {
        return model.pieces().size();
    }

    /** The text of a piece, spaces written as U+2581. */
    public String piece(int id) {
        return model.pieces().get(id).shown();
    }

    /** The id of a piece, spaces written as U+2581; empty where there is none of that text. */
    public OptionalInt find(String piece) {
        return IntStream.range(0, size()).filter(id -> piece(id).equals(piece)).findFirst();
    }

    /** The ids of a text; several unknown characters in a row are one. */
    public int[] encode(String text) {
        byte[] normal = normalizer.normalize(text);
        IntStream.Builder ids = IntStream.builder();
        boolean[] afterUnknown = {false};
        segmenter.segment(normal, (id, from, to) -> {
            if (id == unknown && model.byteFallback()) {
                for (int i = from; i < to; i++) {
                    ids.accept(byteIds.get(normal[i] & 0xff));
                }
            } else if (id != unknown || !afterUnknown[0]) {
                ids.accept(id);
            }
            afterUnknown[0] = id == unknown;
        });
        return ids.build().toArray();
    }

    /**
     * The text that ids stand for, as near as the vocabulary can say it.
     *
     * @param ids each from 0, below {@link #size}
     */
    public String decode(int... ids) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        SentencePieceModel.Rules rules = model.rules();
        boolean drops = rules.dummyPrefix() || rules.removeSpaces();
        for (int id : ids) {
            Piece piece = model.pieces().get(id);
            switch (piece.type()) {
                case CONTROL -> {}
                case UNKNOWN -> text.writeBytes(model.unknownText().getBytes(StandardCharsets.UTF_8));
                case BYTE -> text.write(byteIds.indexOf(id));
                default -> {
                    String plain = piece.shown().replace(PieceNormalizer.SPACE, " ");
                    boolean dropped = drops && text.size() == 0 && plain.startsWith(" ");
                    drops &= !dropped || rules.removeSpaces();
                    text.writeBytes((dropped ? plain.substring(1) : plain).getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
