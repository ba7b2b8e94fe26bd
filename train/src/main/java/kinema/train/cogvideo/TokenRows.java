package kinema.train.cogvideo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rows of tokens that {@link Tokenization} wrote. Close it.
 *
 * <p>Axes: n rows, T frames of a row, N tokens of a frame, M of a large one, L of a text.
 */
final class TokenRows implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String ABOUT = "tokens.json";

    /**
     * What the rows are.
     *
     * @param origin what they were made from and how
     * @param tokens whose tokens they are: digests of the image autoencoder and of the vocabulary
     * @param rows their kind
     * @param frames of a row, T
     * @param frameTokens tokens of a frame, N
     * @param times how often a pair's large frame has a small one's rows
     * @param textTokens tokens of a text, L
     * @param imageTokens codes of the image autoencoder
     * @param vocabulary one more than the largest id
     * @param startOfImage the token that starts an image
     */
    record About(
            String origin,
            String tokens,
            TokenRecipe.Rows rows,
            int frames,
            long frameTokens,
            int times,
            int textTokens,
            long imageTokens,
            long vocabulary,
            long startOfImage) {}

    private final About about;
    private final Shards shards;

    private TokenRows(About about, Shards shards) {
        this.about = about;
        this.shards = shards;
    }

    /** Writes down what a folder's rows are. */
    static void describe(Path folder, About about) {
        try {
            Files.writeString(folder.resolve(ABOUT), JSON.writeValueAsString(about) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(folder.resolve(ABOUT) + ": cannot be written", e);
        }
    }

    /**
     * Opens a folder.
     *
     * @param kind what the rows must be
     * @throws IllegalArgumentException when they are not there, not all there, or of another kind
     */
    static TokenRows open(Path folder, TokenRecipe.Rows kind) {
        Path file = folder.resolve(ABOUT);
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(
                    file + ": no such file; make the rows of tokens by 'kinema tokenize RECIPE' first");
        }
        try {
            About about = JSON.readValue(file.toFile(), About.class);
            if (about.tokens == null) {
                throw new IllegalArgumentException(
                        file + ": the key 'tokens' is missing; an earlier version made these rows: tokenize again");
            }
            if (about.rows != kind) {
                throw new IllegalArgumentException(folder + ": must hold rows of " + kind + ", found " + about.rows
                        + "; tokenize with another recipe");
            }
            return new TokenRows(about, Shards.open(folder, about.origin));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** What the rows are. */
    About about() {
        return about;
    }

    /** All rows. */
    List<Row> rows() {
        return shards.rows();
    }

    /** Tokens of frames, (n, T, N) int64. */
    Tensor frames(List<Row> some) {
        return shards.read(TokenCoder.FRAMES, some, ScalarType.Long);
    }

    /** Tokens of pairs' large frames, (n, M) int64. */
    Tensor large(List<Row> some) {
        return shards.read(TokenCoder.LARGE, some, ScalarType.Long);
    }

    /** Texts, padded on the left: (n, L) int64. */
    Tensor text(List<Row> some) {
        return shards.read(TokenCoder.TEXT, some, ScalarType.Long);
    }

    /** 1 for a token of text and 0 for padding: (n, L). */
    Tensor present(List<Row> some) {
        return shards.read(TokenCoder.PRESENT, some);
    }

    @Override
    public void close() {
        shards.close();
    }
}
