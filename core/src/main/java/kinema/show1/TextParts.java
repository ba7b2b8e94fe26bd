package kinema.show1;

import java.util.Locale;
import kinema.show1.Show1Files.Part;
import kinema.text.PromptEncoder;
import kinema.text.PromptEncoder.Padding;
import kinema.text.tokenize.ClipTokenizer;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.TokenIds;
import kinema.text.tokenize.Tokenizer;
import kinema.text.tokenize.WordPieceTokenizer;

/**
 * The tokenizer and the text encoder that an index names for a kind of stages: T5 in pixels and CLIP in latents of the published
 * checkpoints, MiniLM in both of small ones.
 *
 * @param tokenizer to be closed by whoever opened it
 * @param encoder opened where it is used
 * @param lowerCase whether texts are brought to lower case before
 */
public record TextParts(Tokenizer tokenizer, PromptEncoder encoder, boolean lowerCase) {
    /** What an index calls the small encoder, whose weights come with the program. */
    public static final String MINI_LM = "MiniLmEncoder";

    private static final String ENCODER = "text_encoder";
    private static final String TOKENIZER = "tokenizer";

    /**
     * Those of the stages in pixels: several checkpoints may bring them, one is enough.
     *
     * @throws kinema.weights.WeightsException when none does
     */
    public static TextParts ofPixels(Show1Files files) {
        return isSmallInPixels(files)
                ? miniLm()
                : new TextParts(
                        SentencePieceTokenizer.open(files.textFolder(TOKENIZER).resolve("spiece.model")),
                        pixelEncoder(files),
                        true);
    }

    /** The encoder of {@link #ofPixels} alone. */
    static PromptEncoder pixelEncoder(Show1Files files) {
        return isSmallInPixels(files)
                ? PromptEncoder.miniLm()
                : PromptEncoder.t5(files.textFolder(ENCODER), Padding.MASKED);
    }

    static boolean isSmallInPixels(Show1Files files) {
        return files.pixelIndexes().stream().anyMatch(index -> index.names(ENCODER, MINI_LM));
    }

    /**
     * Those of the expert.
     *
     * @throws kinema.weights.WeightsException when it is not there
     */
    public static TextParts ofLatents(Show1Files files) {
        return isSmallInLatents(files)
                ? miniLm()
                : new TextParts(ClipTokenizer.open(files.folder(Part.EXPERT, TOKENIZER)), latentEncoder(files), false);
    }

    /** The encoder of {@link #ofLatents} alone. */
    static PromptEncoder latentEncoder(Show1Files files) {
        return isSmallInLatents(files)
                ? PromptEncoder.miniLm()
                : PromptEncoder.clip(files.folder(Part.EXPERT, ENCODER));
    }

    private static boolean isSmallInLatents(Show1Files files) {
        return files.index(Part.EXPERT).names(ENCODER, MINI_LM);
    }

    /** What new small models are made with. */
    public static TextParts miniLm() {
        return new TextParts(WordPieceTokenizer.miniLm(), PromptEncoder.miniLm(), true);
    }

    /** The ids of a text, {@code length} of them. */
    public TokenIds encode(String text, int length) {
        return tokenizer.encode(lowerCase ? text.toLowerCase(Locale.ROOT).strip() : text, length);
    }
}
