package kinema.show1.unet;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Sequences that do not meet go through a layer a few at a time: the hidden states of all of them together would be the
 * largest tensor of the network.
 */
final class Slices {
    /** Tokens from which on more of them at a time are no faster. */
    private static final long ENOUGH = 4096;

    /** What a layer makes of {@code count} sequences from {@code first} on. */
    interface Layer {
        Tensor of(long first, long count);
    }

    private Slices() {}

    /**
     * Applies a layer.
     *
     * @param sequences how many
     * @param tokens of each; with their number it decides how many go at a time, so that a request has the same numbers
     *     on every machine
     * @return the results, one after the other along the first axis
     */
    static Tensor of(long sequences, long tokens, Layer layer) {
        long size = Math.max(1, ENOUGH / tokens);
        if (size >= sequences) {
            return layer.of(0, sequences);
        }
        return Scopes.keep(() -> {
            List<Tensor> parts = new ArrayList<>();
            for (long first = 0; first < sequences; first += size) {
                parts.add(layer.of(first, Math.min(size, sequences - first)));
            }
            return Tensors.cat(0, parts.toArray(Tensor[]::new));
        });
    }
}
