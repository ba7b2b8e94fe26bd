package kinema.cogvideo.upscale;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** A batch of texts that are padded gives what each gives alone. */
class UpscalerTest {
    private static final long[] LONG = {5, 6, 7, 8, 9};
    private static final long[] SHORT = {7, 8};

    private final UpscalerConfig config = UpscalerConfig.tiny();

    @Test
    void paddingOfATextChangesNothing() {
        try (Rng rng = new Rng(3);
                Parameters parameters = Parameters.init(w -> Upscaler.of(w, config), rng);
                LocalAttention local = new LocalAttention(config)) {
            Upscaler network = Upscaler.of(new Weights(parameters), config);
            Scopes.run(() -> {
                Tensor small = Tensors.of(new long[2 * (int) config.low()], 2, config.low());
                small.select(0, 1).add_(new Scalar(1));
                Tensor text = Tensors.of(new long[] {5, 6, 7, 8, 9, 0, 0, 0, 7, 8}, 2, LONG.length);
                Tensor present = Tensors.of(new long[] {1, 1, 1, 1, 1, 0, 0, 0, 1, 1}, 2, LONG.length);
                Tensor together = network.forward(text, present, small, 1, local);
                same(together.narrow(0, 0, 1), alone(network, LONG, small.narrow(0, 0, 1), local));
                same(together.narrow(0, 1, 1), alone(network, SHORT, small.narrow(0, 1, 1), local));
            });
        }
    }

    private static Tensor alone(Upscaler network, long[] ids, Tensor small, LocalAttention local) {
        Tensor text = Tensors.of(ids, 1, ids.length);
        return network.forward(text, torch.ones_like(text), small, 1, local);
    }

    private static void same(Tensor found, Tensor expected) {
        Golden.Difference d = Golden.difference(found, expected);
        assertThat(d.max() / d.scale()).as("%s", d).isLessThanOrEqualTo(1e-5);
    }
}
