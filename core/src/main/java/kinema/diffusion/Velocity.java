package kinema.diffusion;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The v-prediction: v = √ā·noise - √(1-ā)·x0.
 *
 * @see <a href="https://arxiv.org/abs/2202.00512">Progressive distillation, appendix D</a>
 */
final class Velocity {
    private Velocity() {}

    /** The clean latents that a velocity stands for: x0 = √ā·x - √(1-ā)·v. */
    static Tensor toClean(Tensor sample, Tensor velocity, double alpha) {
        return Scopes.keep(
                () -> sample.mul(new Scalar(Math.sqrt(alpha))).sub(velocity, new Scalar(Math.sqrt(1 - alpha))));
    }
}
