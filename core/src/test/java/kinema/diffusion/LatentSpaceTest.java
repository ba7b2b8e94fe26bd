package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LatentSpaceTest {
    private final LatentSpace space = new LatentSpace(0.5);

    @Test
    void framesComeBeforeChannelsAndNumbersAreScaled() {
        Scopes.run(() -> {
            Tensor z = Tensors.of(new float[] {0, 1, 2, 3, 4, 5}, 1, 2, 3, 1, 1); // (B, C, F, h, w)
            Tensor latents = space.fromAutoencoder(z);
            assertThat(latents.shape()).containsExactly(1, 3, 2, 1, 1);
            assertThat(Tensors.floats(latents)).containsExactly(0, 1.5f, 0.5f, 2, 1, 2.5f);
            assertThat(Tensors.floats(space.toAutoencoder(latents))).containsExactly(0, 1, 2, 3, 4, 5);
        });
    }

    @Test
    void scalingAloneLeavesTheAxes() {
        Scopes.run(() -> {
            Tensor x = Tensors.of(new float[] {1, -3}, 1, 1, 2, 1, 1);
            assertThat(Tensors.floats(space.scaled(x))).containsExactly(0.5f, -1.5f);
            assertThat(Tensors.floats(space.raw(x))).containsExactly(2, -6);
            assertThat(Tensors.floats(space.raw(space.scaled(x)))[1]).isCloseTo(-3, within(1e-6f));
        });
    }
}
