package kinema.train.show1;

import java.nio.file.Path;
import java.util.List;
import kinema.show1.Show1Files;
import kinema.show1.TextParts;
import kinema.text.OpenEncoder;
import kinema.weights.Placement;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Captions to states, with the encoder that the finished model will have; it stays open from one text to the next.
 *
 * <p>Axes: B texts, L tokens, S width of their states.
 */
final class StageTexts implements AutoCloseable {
    private final TextParts parts;
    private final OpenEncoder encoder;
    private final int length;
    private final String origin;

    /** The encoder that a recipe names for a stage. */
    StageTexts(StageKind kind, StageRecipe recipe) {
        length = recipe.textTokens();
        origin = (recipe.text().isEmpty() ? TextParts.MINI_LM : recipe.text()) + ", " + length + " tokens";
        parts = parts(kind, recipe);
        encoder = parts.encoder().open(Placement.resident(ScalarType.Float).streamed());
    }

    private static TextParts parts(StageKind kind, StageRecipe recipe) {
        if (recipe.text().isEmpty()) {
            return TextParts.miniLm();
        }
        Show1Files files = Show1Files.of(Path.of(recipe.text()));
        return kind.latents() ? TextParts.ofLatents(files) : TextParts.ofPixels(files);
    }

    /** What states depend on, in words. */
    String origin() {
        return origin;
    }

    /** The states of texts, (B, L, S) float32. */
    Tensor states(List<String> texts) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return encoder.states(
                    texts.stream().map(text -> parts.encode(text, length)).toList()); // (B, L, S)
        }
    }

    /** Width of a state. */
    long width() {
        return parts.encoder().width();
    }

    @Override
    public void close() {
        parts.tokenizer().close();
        encoder.close();
    }
}
