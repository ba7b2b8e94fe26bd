package kinema.text;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import kinema.tensor.Device;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Checkpoint;
import kinema.weights.OnDemand;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A text encoder with its weights open.
 *
 * <p>Axes: B texts, L tokens, C width of the states.
 */
public final class OpenEncoder implements AutoCloseable {
    private final BiFunction<Tensor, long[], Tensor> forward;
    private final Runnable weights;

    private OpenEncoder(BiFunction<Tensor, long[], Tensor> forward, Runnable weights) {
        this.forward = forward;
        this.weights = weights;
    }

    /** An encoder whose weights are a checkpoint's, which is closed with it, or at once where they are not its own. */
    static <N> OpenEncoder of(Checkpoint checkpoint, Function<Checkpoint, OnDemand<N>> network, Forward<N> forward) {
        try {
            return of(network.apply(checkpoint), forward, checkpoint::close);
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /**
     * An encoder.
     *
     * @param forward from ids (B, L) and how many of each text are not padding to states (B, L, C)
     * @param weights closes them
     */
    static <N> OpenEncoder of(OnDemand<N> network, Forward<N> forward, Runnable weights) {
        return new OpenEncoder((ids, used) -> network.use(n -> forward.states(n, ids, used)), weights);
    }

    /** How a network is asked. */
    interface Forward<N> {
        Tensor states(N network, Tensor ids, long[] used);
    }

    /**
     * The states of texts.
     *
     * @param texts B token lists of the same length
     * @return (B, L, C) float32 on the CPU
     */
    public Tensor states(List<TokenIds> texts) {
        return Scopes.keep(() -> {
            long[] ids =
                    texts.stream().flatMapToLong(t -> Arrays.stream(t.ids())).toArray();
            long[] used = texts.stream().mapToLong(TokenIds::used).toArray();
            Tensor states = forward.apply(Tensors.of(ids, texts.size(), ids.length / texts.size()), used); // (B, L, C)
            return Device.CPU.place(states, ScalarType.Float); // (B, L, C)
        });
    }

    @Override
    public void close() {
        weights.run();
    }
}
