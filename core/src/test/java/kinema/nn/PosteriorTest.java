package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class PosteriorTest {
    @Test
    void momentsAreTheMeansThenTheLogVariancesWithinBounds() {
        Scopes.run(() -> {
            Posterior posterior = Posterior.of(Tensors.of(new float[] {1, 2, -40, 25}, 1, 4, 1));
            assertThat(Tensors.floats(posterior.mean())).containsExactly(1, 2);
            assertThat(Tensors.floats(posterior.logVariance())).containsExactly(-30, 20);
            assertThat(Tensors.floats(posterior.deviation())[1]).isCloseTo((float) Math.exp(10), within(0.01f));
        });
    }

    @Test
    void samplesAreDrawnAroundTheMean() {
        Scopes.run(() -> {
            Tensor mean = torch.ones(4, 4, 20, 20);
            Tensor logVariance = mean.mul(new Scalar(2 * Math.log(3)));
            try (Rng rng = new Rng(3)) {
                Tensor sample = new Posterior(mean, logVariance).sample(rng);
                assertThat(sample.mean().item_double()).isBetween(.8, 1.2);
                assertThat(sample.std().item_double()).isBetween(2.85, 3.15);
            }
        });
    }
}
