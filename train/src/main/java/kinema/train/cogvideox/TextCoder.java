package kinema.train.cogvideox;

import java.util.List;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.TextParts;
import kinema.text.OpenEncoder;
import kinema.text.tokenize.Tokenizer;
import kinema.weights.Placement;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Texts to states, with the text encoder that a model folder names; it stays open from one text to the next. */
final class TextCoder implements AutoCloseable {
    private final Tokenizer tokenizer;
    private final OpenEncoder encoder;
    private final int length;

    private TextCoder(TextParts parts, long length) {
        tokenizer = parts.tokenizer();
        encoder = parts.encoder().open(Placement.resident(ScalarType.Float).streamed());
        this.length = Math.toIntExact(length);
    }

    /** MiniLM, which new networks are trained with. */
    static TextCoder miniLm(long length) {
        return new TextCoder(TextParts.miniLm(), length);
    }

    /** The text encoder of a model; T5 is read block by block at each use. */
    static TextCoder of(ModelFiles files, long length) {
        return new TextCoder(TextParts.open(files), length);
    }

    /** The states of texts, (B, L, C) float32. */
    Tensor states(List<String> texts) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return encoder.states(
                    texts.stream().map(text -> tokenizer.encode(text, length)).toList()); // (B, L, C)
        }
    }

    @Override
    public void close() {
        tokenizer.close();
        encoder.close();
    }
}
