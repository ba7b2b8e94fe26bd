package kinema.train.cogvideox;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.diffusion.Guidance;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Spacing;
import kinema.diffusion.Timesteps;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a student of few steps learns: the velocity with which one step of DDIM leads where several guided steps of its teacher lead. With
 * z the noisy latents, z' where the teacher comes to, and δ the angle of the student's step,
 *
 * <pre>  z' = cos δ · z - sin δ · v,  so  v = (cos δ · z - z') / sin δ</pre>
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, C channels of the input, Z of the latents, L text tokens, Ct width of a text state.
 *
 * @see <a href="https://arxiv.org/abs/2202.00512">Progressive distillation, section 3</a>
 * @see <a href="https://arxiv.org/abs/2210.03142">On distillation of guided diffusion models</a>
 */
final class Teacher implements VelocityLoss.Target {
    private final ExpertTransformer network;
    private final Timesteps few; // of the student
    private final Timesteps many; // its own
    private final Guidance guidance;
    private final Tensor noCaption;

    /**
     * A teacher.
     *
     * @param network is not trained
     * @param scheduler of its model
     * @param noCaption states of an empty text, (1, L, Ct)
     * @throws IllegalArgumentException where the scheduler's timesteps are not trailing, or rounding parts them
     */
    Teacher(ExpertTransformer network, SchedulerFile scheduler, TransformerRecipe.Distill distill, Tensor noCaption) {
        if (scheduler.spacing() != Spacing.TRAILING) {
            throw new IllegalArgumentException(
                    "distill: the steps of a student and of its teacher begin at the same timesteps only"
                            + " where these are trailing, found a scheduler of " + scheduler.spacing()
                            + " ones; set timestep_spacing in scheduler/scheduler_config.json to trailing");
        }
        this.network = network;
        NoiseSchedule schedule = new NoiseSchedule(scheduler.schedule());
        few = new Timesteps(schedule, Spacing.TRAILING, 0, distill.steps(), false);
        many = new Timesteps(schedule, Spacing.TRAILING, 0, distill.teacherSteps(), false);
        guidance = new Guidance(distill.guidance(), false, distill.teacherSteps());
        this.noCaption = noCaption;
        int each = many.count() / few.count();
        for (int i = 0; i < few.count(); i++) {
            if (few.at(i) != many.at(i * each)) { // both are rounded
                throw new IllegalArgumentException("distill: step " + (i + 1) + " of " + few.count()
                        + " begins at timestep " + few.at(i) + ", the teacher's " + (i * each + 1) + " of "
                        + many.count() + " at " + many.at(i * each) + "; choose other numbers of steps");
            }
        }
    }

    /** The student's timesteps. */
    Timesteps timesteps() {
        return few;
    }

    @Override
    public Tensor velocity(VelocityLoss.Batch batch, Tensor noisy, Positions positions) {
        int[] steps = Arrays.stream(batch.timesteps()).map(this::step).toArray();
        return Scopes.keep(() -> {
            try (NoGradGuard noGrad = new NoGradGuard()) {
                Tensor reached = follow(batch, noisy, steps, positions); // (B, F, Z, h, w)
                return perClip(steps, i -> few.turn(i).cosine())
                        .mul(noisy)
                        .sub(reached)
                        .div(perClip(steps, i -> few.turn(i).sine())); // (B, F, Z, h, w)
            }
        });
    }

    /** Where the teacher comes to from noisy latents of the student's timesteps. */
    private Tensor follow(VelocityLoss.Batch batch, Tensor noisy, int[] steps, Positions positions) {
        int each = many.count() / few.count();
        Tensor z = noisy;
        for (int k = 0; k < each; k++) {
            int later = k;
            int[] at = Arrays.stream(steps).map(step -> step * each + later).toArray();
            Tensor from = z;
            z = Scopes.keep(() -> perClip(at, i -> many.turn(i).cosine())
                    .mul(from)
                    .sub(perClip(at, i -> many.turn(i).sine()).mul(guided(batch, from, at, positions))));
        }
        return z;
    }

    private Tensor guided(VelocityLoss.Batch batch, Tensor z, int[] at, Positions positions) {
        Tensor input = batch.image() == null ? z : Tensors.cat(2, z, batch.image()); // (B, F, C, h, w)
        Tensor time = Tensor.create(Arrays.stream(at).map(many::at).toArray()); // (B)
        if (!guidance.active()) {
            return network.forward(input, batch.text(), time, positions);
        }
        Tensor without = noCaption.expand(batch.text().shape()); // (B, L, Ct)
        Tensor both = network.forward(
                        Tensors.cat(0, input, input),
                        Tensors.cat(0, without, batch.text()),
                        Tensors.cat(0, time, time),
                        positions)
                .to(ScalarType.Float); // (2·B, F, Z, h, w); guidance multiplies what rounding leaves of the difference
        Tensor plain = both.narrow(0, 0, at.length);
        return plain.add(both.narrow(0, at.length, at.length).sub(plain), new Scalar(guidance.scale()));
    }

    private int step(int timestep) {
        return IntStream.range(0, few.count())
                .filter(i -> few.at(i) == timestep)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no step of the student begins at " + timestep));
    }

    /** Something of a step for each clip, shaped to multiply latents: (B, 1, 1, 1, 1). */
    private static Tensor perClip(int[] steps, IntToDoubleFunction of) {
        float[] values = new float[steps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) of.applyAsDouble(steps[i]);
        }
        return Tensors.of(values, values.length, 1, 1, 1, 1);
    }
}
