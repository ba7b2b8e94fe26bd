package kinema.text.tokenize;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * T5's tokenizer: a SentencePiece unigram vocabulary (Kudo, 2018) in a published {@code spiece.model}.
 *
 * <p>Ids: padding 0, end 1, unknown 2, then the pieces, then 100 sentinels {@code <extra_id_99>} to {@code
 * <extra_id_0>}. As in the reference the names of special tokens stand for their ids wherever they occur in the text.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">T5, section 2.2 and 3.1.4</a>
 */
public final class SentencePieceTokenizer implements Tokenizer {
    private static final int END = 1;
    private static final int SENTINELS = 100;
    private static final List<String> FIRST = List.of("<pad>", "</s>", "<unk>");
    private static final Pattern SPECIAL = Pattern.compile("<pad>|</s>|<unk>|<extra_id_(0|[1-9][0-9]?)>");
    private static final char NEXT_LINE = '\u0085';

    private final SentencePiece vocabulary;

    private SentencePieceTokenizer(SentencePiece vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * Opens a model file.
     *
     * @param model such as {@code tokenizer/spiece.model}
     * @throws IllegalArgumentException when it is missing, damaged or not a T5 vocabulary
     */
    public static SentencePieceTokenizer open(Path model) {
        if (!Files.exists(model)) {
            throw new IllegalArgumentException(
                    model + ": no such file; a checkpoint with a T5 text encoder has it in its tokenizer folder");
        }
        try {
            SentencePiece vocabulary = SentencePiece.read(model);
            requireT5(vocabulary);
            return new SentencePieceTokenizer(vocabulary);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    model + ": not a SentencePiece model for T5 (" + e.getMessage() + "); download it again", e);
        }
    }

    /** Number of ids: pieces and sentinels. */
    public int size() {
        return vocabulary.size() + SENTINELS;
    }

    @Override
    public TokenIds encode(String text, int maxLength) {
        TokenIds.checkLength(maxLength);
        int[] ids = ids(text.replace(NEXT_LINE, ' ')); // white space to T5, an unknown character to SentencePiece
        int kept = Math.min(ids.length, maxLength - 1);
        long[] used = IntStream.concat(Arrays.stream(ids, 0, kept), IntStream.of(END))
                .asLongStream()
                .toArray();
        String cut = kept < ids.length ? decode(Arrays.copyOfRange(ids, kept, ids.length)) : null;
        return TokenIds.padded(used, maxLength, cut);
    }

    /** Does nothing: all of it is in Java. */
    @Override
    public void close() {}

    /** Text between special tokens is tokenized on its own. */
    private int[] ids(String text) {
        IntStream.Builder ids = IntStream.builder();
        Matcher special = SPECIAL.matcher(text);
        int from = 0;
        while (special.find()) {
            pieces(text.substring(from, special.start()), ids);
            ids.accept(id(special));
            from = special.end();
        }
        pieces(text.substring(from), ids);
        return ids.build().toArray();
    }

    private void pieces(String text, IntConsumer to) {
        for (int id : vocabulary.encode(text)) {
            to.accept(id);
        }
    }

    private int id(Matcher special) {
        return switch (special.group()) {
            case "<pad>" -> (int) TokenIds.PAD;
            case "</s>" -> END;
            case "<unk>" -> 2;
            default -> size() - 1 - Integer.parseInt(special.group(1));
        };
    }

    /** Sentinels are left out: the vocabulary knows the pieces only. */
    private String decode(int[] ids) {
        return vocabulary.decode(
                Arrays.stream(ids).filter(id -> id < vocabulary.size()).toArray());
    }

    private static void requireT5(SentencePiece vocabulary) throws IOException {
        List<String> first = IntStream.range(0, Math.min(FIRST.size(), vocabulary.size()))
                .mapToObj(vocabulary::piece)
                .toList();
        if (!first.equals(FIRST)) {
            throw new IOException("a T5 vocabulary starts with " + FIRST + ", this one with " + first);
        }
    }
}
