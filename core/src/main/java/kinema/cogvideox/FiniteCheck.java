package kinema.cogvideox;

import kinema.cogvideox.transformer.BlockWatcher;
import kinema.cogvideox.transformer.ExpertBlock.Tokens;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Finds the block in which numbers stop being finite, by watching a forward of the transformer. For one forward. */
public final class FiniteCheck implements BlockWatcher {
    private final long layers;
    private @Nullable String found;

    public FiniteCheck(TransformerConfig c) {
        layers = c.layers();
    }

    /** Whether all numbers of a tensor are finite. */
    static boolean isFinite(Tensor tensor) {
        return Scopes.run(() -> tensor.isfinite().all().item_bool());
    }

    @Override
    public void after(int blocks, Tokens tokens) {
        if (found == null && !(isFinite(tokens.text()) && isFinite(tokens.video()))) {
            found = blocks == 0 ? "the transformer's input" : "block " + blocks + " of " + layers;
        }
    }

    /** Where they stopped, once the forward is done and its result is known not to be finite. */
    public String place(Tensor velocity) {
        if (found != null) {
            return found;
        }
        return isFinite(velocity) ? "guidance or the scheduler" : "the transformer's output";
    }
}
