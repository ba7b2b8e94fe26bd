package kinema.text.tokenize;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kinema.text.protobuf.ProtobufReader;

/**
 * A SentencePiece model file, read and checked as a whole: every piece with its score and type, and the rules that texts
 * are normalised by.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">the format</a>
 */
final class SentencePieceModel {
    private static final int MAX_PIECES = 1_000_000;
    private static final int MAX_PIECE = 1000; // bytes
    private static final int MAX_CHARS_MAP = 32 << 20;
    private static final long UNIGRAM = 1;
    private static final long BPE = 2;
    private static final int BYTES = 256;

    /** Fields of ModelProto, SentencePiece, TrainerSpec and NormalizerSpec in sentencepiece_model.proto. */
    private static final int PIECES = 1;

    private static final int TRAINER = 2;
    private static final int NORMALIZER = 3;
    private static final int PIECE_TEXT = 1;
    private static final int PIECE_SCORE = 2;
    private static final int PIECE_TYPE = 3;
    private static final int TRAINER_TYPE = 3;
    private static final int TRAINER_SUFFIX = 24;
    private static final int TRAINER_BYTES = 35;
    private static final int TRAINER_UNKNOWN = 44;
    private static final int CHARS_MAP = 2;
    private static final int DUMMY_PREFIX = 3;
    private static final int REMOVE_SPACES = 4;
    private static final int ESCAPE_SPACES = 5;

    /**
     * How texts are normalised.
     *
     * @param map rewrites characters
     * @param dummyPrefix whether texts get a space in front, or behind
     * @param suffix whether spaces belong to the words before them
     * @param removeSpaces whether spaces at the ends go, and several become one
     * @param escapeSpaces whether spaces are written as U+2581
     */
    record Rules(CharsMap map, boolean dummyPrefix, boolean suffix, boolean removeSpaces, boolean escapeSpaces) {}

    private final List<Piece> pieces = new ArrayList<>();
    private long type = UNIGRAM;
    private boolean byteFallback;
    private String unknownText = " \u2047 ";
    private CharsMap map = CharsMap.NONE;
    private boolean dummyPrefix = true;
    private boolean suffix;
    private boolean removeSpaces = true;
    private boolean escapeSpaces = true;

    private SentencePieceModel() {}

    /**
     * Reads a model.
     *
     * @param more texts of pieces to be added behind its own
     * @throws IOException when these bytes are not one, with what is wrong
     */
    static SentencePieceModel read(byte[] file, List<String> more) throws IOException {
        SentencePieceModel model = new SentencePieceModel();
        try {
            ProtobufReader reader = new ProtobufReader(new ByteArrayInputStream(file));
            while (reader.next()) {
                switch (reader.field()) {
                    case PIECES -> model.pieces.add(model.piece(reader.message()));
                    case TRAINER -> model.readTrainer(reader.message());
                    case NORMALIZER -> model.readNormalizer(reader.message());
                    default -> {}
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
        for (String text : more) {
            model.pieces.add(new Piece(text.getBytes(StandardCharsets.UTF_8), 0, Piece.Type.NORMAL));
        }
        model.check();
        return model;
    }

    /** The vocabulary; a piece's place is its id. */
    List<Piece> pieces() {
        return pieces;
    }

    /** The ids of all pieces of a type. */
    List<Integer> ids(Piece.Type wanted) {
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == wanted) {
                ids.add(id);
            }
        }
        return ids;
    }

    /** Whether texts are cut by merging pairs (BPE), not by the likeliest path (unigram). */
    boolean merges() {
        return type == BPE;
    }

    /** Whether what no piece has becomes pieces of single bytes. */
    boolean byteFallback() {
        return byteFallback;
    }

    /** The ids of the pieces of single bytes, by byte; empty where there are none. */
    List<Integer> byteIds() throws IOException {
        List<Integer> ids = ids(Piece.Type.BYTE);
        for (int b = 0; b < ids.size(); b++) {
            String name = String.format("<0x%02X>", b);
            if (!pieces.get(ids.get(b)).shown().equals(name)) {
                throw new IOException("piece " + ids.get(b) + " must be " + name);
            }
        }
        return ids;
    }

    /** What an unknown piece is decoded to. */
    String unknownText() {
        return unknownText;
    }

    Rules rules() {
        return new Rules(map, dummyPrefix, suffix, removeSpaces, escapeSpaces);
    }

    private Piece piece(ProtobufReader piece) throws IOException {
        byte[] text = {};
        float score = 0;
        Piece.Type kind = Piece.Type.NORMAL;
        while (piece.next()) {
            switch (piece.field()) {
                case PIECE_TEXT -> text = piece.bytes(MAX_PIECE);
                case PIECE_SCORE -> score = piece.float32();
                case PIECE_TYPE -> kind = Piece.Type.of(piece.integer());
                default -> {}
            }
        }
        checkText(text);
        if (!Float.isFinite(score)) {
            throw new IOException("the score of piece " + pieces.size() + " is no finite number");
        }
        if (pieces.size() >= MAX_PIECES) {
            throw new IOException("more than " + MAX_PIECES + " pieces");
        }
        return new Piece(text, score, kind);
    }

    private void checkText(byte[] text) throws IOException {
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString();
            if (decoded.isEmpty() || decoded.indexOf('\0') >= 0) {
                throw new IOException("piece " + pieces.size() + " is empty or has a zero byte");
            }
        } catch (CharacterCodingException e) {
            throw new IOException("piece " + pieces.size() + " is not in UTF-8", e);
        }
    }

    private void readTrainer(ProtobufReader trainer) throws IOException {
        while (trainer.next()) {
            switch (trainer.field()) {
                case TRAINER_TYPE -> type = trainer.integer();
                case TRAINER_SUFFIX -> suffix = trainer.integer() != 0;
                case TRAINER_BYTES -> byteFallback = trainer.integer() != 0;
                case TRAINER_UNKNOWN -> unknownText = trainer.text();
                default -> {}
            }
        }
    }

    private void readNormalizer(ProtobufReader normalizer) throws IOException {
        while (normalizer.next()) {
            switch (normalizer.field()) {
                case CHARS_MAP -> map = CharsMap.of(normalizer.bytes(MAX_CHARS_MAP));
                case DUMMY_PREFIX -> dummyPrefix = normalizer.integer() != 0;
                case REMOVE_SPACES -> removeSpaces = normalizer.integer() != 0;
                case ESCAPE_SPACES -> escapeSpaces = normalizer.integer() != 0;
                default -> {}
            }
        }
    }

    private void check() throws IOException {
        if (type != UNIGRAM && type != BPE) {
            throw new IOException("its type is " + type + "; known are unigram (1) and BPE (2)");
        }
        Set<String> texts = new HashSet<>();
        for (Piece piece : pieces) {
            if (!texts.add(piece.shown())) {
                throw new IOException("the piece '" + piece.shown() + "' is in it twice");
            }
        }
        int unknown = ids(Piece.Type.UNKNOWN).size();
        if (unknown != 1) {
            throw new IOException("it has " + unknown + " pieces for what is unknown, expected one");
        }
        int bytes = byteIds().size();
        if (bytes != BYTES && (bytes != 0 || byteFallback)) {
            throw new IOException("it has pieces for " + bytes + " of " + BYTES + " bytes");
        }
    }
}
