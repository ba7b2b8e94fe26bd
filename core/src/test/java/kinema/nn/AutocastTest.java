package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Supplier;
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
    @ValueSource(longs = {40, 300, 530})
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

    @ParameterizedTest
    @ValueSource(longs = {40, 530})
    void derivativesOfAttentionAreThoseOfFloatRounded(long tokens) {
        Scopes.run(() -> {
            try (Rng rng = new Rng(4)) {
                Tensor[] numbers = {
                    rng.randn(2, 3, tokens, 16), rng.randn(2, 3, tokens, 16), rng.randn(2, 3, tokens, 16)
                };
                Tensor weight = rng.randn(2, 3, tokens, 16);
                Tensor[] exact = derivatives(numbers, weight, false);
                Tensor[] made = derivatives(numbers, weight, true);
                for (int i = 0; i < numbers.length; i++) {
                    double largest = exact[i].abs().max().item_double();
                    assertThat(made[i].sub(exact[i]).abs().max().item_double() / largest)
                            .as("of number " + i)
                            .isLessThan(ROUNDING);
                }
            }
        });
    }

    /** Of the weighted sum of what attention gives, by query, key and value. */
    private static Tensor[] derivatives(Tensor[] numbers, Tensor weight, boolean rounds) {
        Tensor[] leaves = new Tensor[numbers.length];
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = numbers[i].detach().requires_grad_(true);
        }
        Supplier<Tensor> attended = () -> Kernels.attentionBack(leaves[0], leaves[1], leaves[2]);
        Tensor y = rounds ? Autocast.inBf16(attended) : attended.get();
        y.to(ScalarType.Float).mul(weight).sum().backward();
        Tensor[] derivatives = new Tensor[leaves.length];
        for (int i = 0; i < leaves.length; i++) {
            derivatives[i] = leaves[i].grad();
        }
        return derivatives;
    }

    private static void near(Tensor made, Tensor exact) {
        assertThat(made.to(ScalarType.Float).sub(exact).abs().max().item_double())
                .isLessThan(ROUNDING);
    }
}
