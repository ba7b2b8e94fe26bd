package kinema.cogvideox;

import kinema.cogvideox.transformer.BlockWatcher;
import kinema.cogvideox.transformer.ExpertBlock.Tokens;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Finds the block in which numbers stop being finite, by watching a forward of the transformer. For one forward. */
public final class FiniteCheck implements BlockWatcher {
    private final long layers;
    private @Nullable String found;

    /** For a network of this config. */
    public FiniteCheck(TransformerConfig c) {
        layers = c.layers();
    }

    @Override
    public void after(int blocks, Tokens tokens) {
        if (found == null && !(Tensors.isFinite(tokens.text()) && Tensors.isFinite(tokens.video()))) {
            found = blocks == 0 ? "the transformer's input" : "block " + blocks + " of " + layers;
        }
    }

    /** Where they stopped, once the forward is done and its result is known not to be finite. */
    public String place(Tensor velocity) {
        if (found != null) {
            return found;
        }
        return Tensors.isFinite(velocity) ? "guidance or the scheduler" : "the transformer's output";
    }
}
