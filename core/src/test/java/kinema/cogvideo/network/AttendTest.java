package kinema.cogvideo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** The ways in which tokens attend, against the plain one. */
class AttendTest {
    private static final double TOLERANCE = 1e-5;

    @Test
    void relaxedScoresGiveTheSameNumbersAndDerivatives() {
        try (Rng rng = new Rng(3)) {
            Scopes.run(() -> {
                Tensor key = rng.randn(2, 3, 7, 8), value = rng.randn(2, 3, 7, 8);
                Tensor query = rng.randn(2, 3, 4, 8);
                Tensor bias = back(4, 7);
                Tensor[] plain = withDerivative(query, q -> Attend.with(q, key, value, bias));
                Tensor[] relaxed = withDerivative(query, q -> Attend.relaxed(q, key, value, bias));
                for (int i = 0; i < plain.length; i++) {
                    assertThat(Golden.difference(relaxed[i], plain[i]).worst()).isLessThan(TOLERANCE);
                }
            });
        }
    }

    /** What it is for: in float16 a score of 90,000 is infinite, and so nothing is left to be told apart. */
    @Test
    void relaxedScoresHaveRoomInShortNumbers() {
        Scopes.run(() -> {
            Tensor query = torch.full(new long[] {1, 1, 1, 16}, new Scalar(150.0));
            Tensor key = Tensors.cat(2, query.mul(new Scalar(0.99)), query); // scores 89,100 and 90,000
            Tensor value = Tensors.of(new float[] {1, 2}, 1, 1, 2, 1);
            Tensor bias = torch.zeros(1, 1, 1, 2);
            Tensor scores = query.to(ScalarType.Half)
                    .matmul(key.to(ScalarType.Half).transpose(-2, -1))
                    .div(new Scalar(4.0));
            assertThat(Tensors.isFinite(scores)).isFalse();
            Tensor seen = Attend.relaxed(
                    query.to(ScalarType.Half),
                    key.to(ScalarType.Half),
                    value.to(ScalarType.Half),
                    bias.to(ScalarType.Half));
            assertThat(seen.item_float()).isEqualTo(2);
        });
    }

    @Test
    void aTokensHeadsMayBeSharedByThreads() {
        try (Rng rng = new Rng(4)) {
            Scopes.run(() -> {
                Tensor query = rng.randn(2, 20, 1, 64);
                Tensor key = rng.randn(2, 20, 500, 64), value = rng.randn(2, 20, 500, 64); // enough to be shared
                Tensor bias = rng.randn(2, 1, 1, 500);
                assertThat(Golden.difference(
                                        Attend.ofToken(query, key, value, bias), Attend.with(query, key, value, bias))
                                .worst())
                        .isLessThan(TOLERANCE);
            });
        }
    }

    /** What it answers, and its derivative by the query. */
    private static Tensor[] withDerivative(Tensor query, Function<Tensor, Tensor> attention) {
        Tensor asked = query.clone().set_requires_grad(true);
        Tensor answered = attention.apply(asked);
        answered.square().sum().backward();
        return new Tensor[] {answered.detach(), asked.grad().clone()};
    }

    /** A token sees those up to three places after its own: (1, 1, n, S). */
    private static Tensor back(long tokens, long seen) {
        Tensor later = torch.ones(tokens, seen).triu(4).to(ScalarType.Bool);
        return torch.zeros(1, 1, tokens, seen).masked_fill(later, new Scalar(Double.NEGATIVE_INFINITY));
    }
}
