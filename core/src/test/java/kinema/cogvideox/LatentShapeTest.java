package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LatentShapeTest {
    /** 1.5 joins latent frames in pairs; what fills the first pair is a copy of the first frame and stands before it. */
    @Test
    void paddingStandsAtTheFrontAndIsTakenFromThere() {
        LatentShape shape = new LatentShape(4, 1, 1, 1);
        Scopes.run(() -> {
            Tensor padded = shape.withPadding(Tensors.of(new float[] {1, 2, 3}, 1, 3, 1, 1, 1));
            assertThat(padded.shape()).containsExactly(1, 4, 1, 1, 1);
            assertThat(Tensors.floats(padded)).containsExactly(1, 1, 2, 3);
            Tensor numbered = Tensors.of(new float[] {9, 1, 2, 3}, 1, 4, 1, 1, 1);
            assertThat(Tensors.floats(shape.withoutPadding(numbered))).containsExactly(1, 2, 3);
        });
    }

    @Test
    void latentsThatFillTheirPatchesStayAsTheyAre() {
        LatentShape shape = new LatentShape(3, 0, 1, 1);
        Scopes.run(() -> {
            Tensor latents = Tensors.of(new float[] {1, 2, 3}, 1, 3, 1, 1, 1);
            assertThat(Tensors.floats(shape.withPadding(latents))).containsExactly(1, 2, 3);
            assertThat(Tensors.floats(shape.withoutPadding(latents))).containsExactly(1, 2, 3);
        });
    }
}
