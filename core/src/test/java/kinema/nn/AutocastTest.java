package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention while a network is trained in bf16, against that in float32. */
class AutocastTest {
    private static final double ROUNDING = 0.03;

    /** Of few tokens and of so many that their scores are not kept. */
    @ParameterizedTest
    @ValueSource(longs = {40, 300})
    void attentionIsThatOfFloatRounded(long tokens) {
        Scopes.run(() -> {
            try (Rng rng = new Rng(3)) {
                Tensor q = rng.randn(2, 3, tokens, 16);
                Tensor k = rng.randn(2, 3, tokens, 16);
                Tensor v = rng.randn(2, 3, tokens, 16);
                near(Autocast.inBf16(() -> Kernels.attentionBack(q, k, v)), Kernels.attentionBack(q, k, v));
                for (TensorOptional mask : new TensorOptional[] {
                    Tensors.none(),
                    Tensors.some(rng.randn(tokens, tokens)),
                    Tensors.some(rng.randn(2, 1, 1, tokens).gt(Tensors.of(new float[] {-1}, 1)))
                }) {
                    DoubleOptional scale = new DoubleOptional(0.3);
                    near(
                            Autocast.inBf16(() -> Kernels.attention(q, k, v, mask, scale)),
                            Kernels.attention(q, k, v, mask, scale));
                }
            }
        });
    }

    private static void near(Tensor made, Tensor exact) {
        assertThat(made.to(ScalarType.Float).sub(exact).abs().max().item_double())
                .isLessThan(ROUNDING);
    }
}
