package kinema.cogvideox.files;

import java.nio.file.Files;
import java.nio.file.Path;
import kinema.text.PromptEncoder;
import kinema.text.PromptEncoder.Padding;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.Tokenizer;
import kinema.text.tokenize.WordPieceTokenizer;
import kinema.weights.ModelIndex;

/**
 * The tokenizer and the text encoder that a model's {@code model_index.json} names: T5, which sees padding, of the published
 * models; MiniLM of small ones.
 */
public record TextParts(Tokenizer tokenizer, PromptEncoder encoder) {
    private static final String MINI_LM = "MiniLmEncoder";

    /**
     * Opens the tokenizer; the encoder is opened where it is used. The caller closes the tokenizer.
     *
     * @throws kinema.weights.WeightsException when the index names a class this engine does not have
     */
    public static TextParts open(ModelFiles files) {
        ModelIndex index = new ModelIndex(files.index());
        Tokenizer tokenizer = switch (index.part("tokenizer")) {
            case "T5Tokenizer", "T5TokenizerFast" ->
                SentencePieceTokenizer.open(files.tokenizer().resolve("spiece.model"));
            case "WordPieceTokenizer" -> wordPiece(files.tokenizer().resolve("tokenizer.json"));
            default -> throw index.unknown("tokenizer", "T5Tokenizer, WordPieceTokenizer");
        };
        return new TextParts(tokenizer, encoder(files));
    }

    /**
     * The encoder alone, which need not be there before it is used.
     *
     * @throws kinema.weights.WeightsException as {@link #open}
     */
    public static PromptEncoder encoder(ModelFiles files) {
        ModelIndex index = new ModelIndex(files.index());
        return switch (index.part("text_encoder")) {
            case "T5EncoderModel" -> PromptEncoder.t5(files.textEncoder(), Padding.SEEN);
            case MINI_LM -> PromptEncoder.miniLm();
            default -> throw index.unknown("text_encoder", "T5EncoderModel, " + MINI_LM);
        };
    }

    /** What new small models are made with. */
    public static TextParts miniLm() {
        return new TextParts(WordPieceTokenizer.miniLm(), PromptEncoder.miniLm());
    }

    private static Tokenizer wordPiece(Path file) {
        return Files.isRegularFile(file) ? WordPieceTokenizer.open(file) : WordPieceTokenizer.miniLm();
    }
}
