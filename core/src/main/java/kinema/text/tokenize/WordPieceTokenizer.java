package kinema.text.tokenize;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * BERT's tokenizer: a WordPiece vocabulary in a published {@code tokenizer.json}. Lower-cased, between {@code [CLS]} and
 * {@code [SEP]}, padded with {@code [PAD]} = 0. The file's own length limit is not used.
 *
 * @see <a href="https://arxiv.org/abs/1810.04805">BERT, section 3</a>
 */
public final class WordPieceTokenizer implements Tokenizer {
    private final HuggingFaceTokenizer tokenizer;
    private final long end;

    private WordPieceTokenizer(HuggingFaceTokenizer tokenizer, long end) {
        this.tokenizer = tokenizer;
        this.end = end;
    }

    /**
     * Opens a tokenizer file.
     *
     * @param file such as {@code tokenizer/tokenizer.json}
     * @throws IllegalArgumentException when it is missing, damaged or not BERT's kind
     */
    public static WordPieceTokenizer open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    file + ": no such file; a checkpoint with a BERT text encoder has it in its tokenizer folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return open(file.toString(), in);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Opens MiniLM's tokenizer from the class path.
     *
     * @throws IllegalStateException when its Maven artifact is not there
     */
    public static WordPieceTokenizer miniLm() {
        try (InputStream in = MiniLmFiles.tokenizer()) {
            return open("all-minilm-l6-v2-tokenizer.json", in);
        } catch (IOException e) {
            throw new IllegalStateException("MiniLM's tokenizer cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public TokenIds encode(String text, int maxLength) {
        TokenIds.checkLength(maxLength);
        Encoding encoding = tokenizer.encode(text);
        long[] ids = encoding.getIds();
        if (ids.length <= maxLength) {
            return TokenIds.padded(ids, maxLength, null);
        }
        long[] kept = Arrays.copyOf(ids, maxLength);
        kept[maxLength - 1] = end;
        int from = encoding.getCharTokenSpans()[maxLength - 1].getStart(); // counts code points
        return TokenIds.padded(kept, maxLength, text.substring(text.offsetByCodePoints(0, from)));
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private static WordPieceTokenizer open(String name, InputStream in) throws IOException {
        DjlSettings.apply();
        HuggingFaceTokenizer tokenizer = load(name, in);
        long[] frame = tokenizer.encode("").getIds();
        long[] padding = tokenizer.encode("[PAD]").getIds();
        if (frame.length != 2 || !Arrays.equals(padding, new long[] {frame[0], TokenIds.PAD, frame[1]})) {
            tokenizer.close();
            throw new IllegalArgumentException(name + ": expected BERT's WordPiece tokenizer, where '[PAD]' is id "
                    + TokenIds.PAD + " between a start and an end token, found ids " + Arrays.toString(padding));
        }
        return new WordPieceTokenizer(tokenizer, frame[1]);
    }

    private static HuggingFaceTokenizer load(String name, InputStream in) throws IOException {
        try {
            return HuggingFaceTokenizer.newInstance(in, Map.of("padding", "false", "truncation", "false"));
        } catch (RuntimeException e) { // the binding's only exception for a file it cannot parse
            throw new IllegalArgumentException(
                    name + ": not a tokenizer.json (" + e.getMessage() + "); download it again", e);
        }
    }
}
