package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.function.BiConsumer;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.diffusion.Denoised;
import kinema.diffusion.Guidance;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Scheduler;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Timesteps;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.cogvideox.TransformerRecipe.Distill;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** What a student of few steps learns, held against generation's own steps. */
class TeacherTest {
    private static final SchedulerFile TRAILING = new SchedulerFile(SchedulerFile.COGVIDEOX_5B, Spacing.TRAILING, 0);
    private static final TransformerConfig CONFIG = TransformerConfig.tiny(true)
            .with(Map.of(
                    "num_attention_heads", 1,
                    "num_layers", 1,
                    "in_channels", 4,
                    "out_channels", 4,
                    "text_embed_dim", 6,
                    "max_text_seq_length", 3,
                    "sample_width", 4,
                    "sample_height", 4,
                    "spatial_interpolation_scale", 1));
    private static final int STEPS = 3;

    @Test
    void aStepOfTheStudentLeadsWhereTwoGuidedOnesOfTheTeacherDo() {
        with(new Distill(STEPS, 2 * STEPS, 3), (teacher, given) -> {
            Timesteps few = timesteps(STEPS);
            Timesteps many = timesteps(2 * STEPS);
            Guidance guidance = new Guidance(3, false, many.count());
            int[] begins = {0, STEPS - 1}; // the noisiest, where nothing is left of the clip, and the last
            Tensor velocity = teacher.velocity(
                    given.batch(few.at(begins[0]), few.at(begins[1])), given.noisy(), given.positions());
            for (int clip = 0; clip < begins.length; clip++) {
                Tensor z = given.noisy().narrow(0, clip, 1);
                Tensor reached = z;
                for (int k = 0; k < 2; k++) {
                    int step = 2 * begins[clip] + k;
                    Tensor both = given.network()
                            .forward(
                                    Tensors.cat(0, reached, reached),
                                    Tensors.cat(
                                            0, given.noCaption(), given.text().narrow(0, clip, 1)),
                                    Tensor.create(many.at(step), many.at(step)),
                                    given.positions());
                    reached = step(many, step, reached, guidance.join(both, many.at(step)));
                }
                Tensor followed = step(few, begins[clip], z, velocity.narrow(0, clip, 1));
                assertThat(farthest(followed, reached)).isLessThan(1e-5);
                assertThat(farthest(followed, z)).isGreaterThan(0.1);
            }
        });
    }

    @Test
    void ofAsManyStepsWithoutGuidanceTheTeachersVelocityIsLearned() {
        with(new Distill(STEPS, STEPS, 1), (teacher, given) -> {
            int[] at = {timesteps(STEPS).at(1), timesteps(STEPS).at(2)};
            Tensor velocity = teacher.velocity(given.batch(at), given.noisy(), given.positions());
            Tensor own = given.network().forward(given.noisy(), given.text(), Tensor.create(at), given.positions());
            assertThat(farthest(velocity, own)).isLessThan(1e-5);
            assertThat(velocity.requires_grad()).isFalse();
        });
    }

    @Test
    void otherTimestepsThanTrailingOnesAreRefused() {
        SchedulerFile leading = new SchedulerFile(SchedulerFile.COGVIDEOX_5B, Spacing.LEADING, 0);
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, CONFIG), rng)) {
            ExpertTransformer network = new ExpertTransformer(new Weights(parameters), CONFIG);
            assertThatThrownBy(() -> new Teacher(network, leading, new Distill(3, 6, 1), Tensors.of(new float[0], 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("only where these are trailing, found a scheduler of leading ones");
        }
    }

    @Test
    void stepsThatRoundingPartsAreRefused() {
        int[] parted = parted();
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, CONFIG), rng)) {
            ExpertTransformer network = new ExpertTransformer(new Weights(parameters), CONFIG);
            assertThatThrownBy(() -> new Teacher(
                            network, TRAILING, new Distill(parted[0], parted[1], 1), Tensors.of(new float[0], 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching(
                            "distill: step \\d+ of \\d+ begins at timestep \\d+, the teacher's \\d+ of \\d+ at"
                                    + " \\d+; choose other numbers of steps");
        }
    }

    /** Steps of a student and of its teacher of which one begins at another timestep than it should. */
    private static int[] parted() {
        for (int few = 1; few <= 50; few++) {
            for (int each = 2; few * each <= 100; each++) {
                for (int i = 0; i < few; i++) {
                    if (timesteps(few).at(i) != timesteps(few * each).at(i * each)) {
                        return new int[] {few, few * each};
                    }
                }
            }
        }
        throw new AssertionError("all meet");
    }

    @Test
    void numbersThatDoNotGoTogetherAreRefused() {
        assertThatThrownBy(() -> new Distill(4, 30, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("distill.teacher_steps must be a multiple of distill.steps, 4, found 30");
        assertThatThrownBy(() -> new Distill(6, 30, 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("distill.guidance must be at least 1, found 0.5");
    }

    /** Two clips and a teacher whose output depends on all its input. */
    private record Given(ExpertTransformer network, Tensor noisy, Tensor text, Tensor noCaption, Positions positions) {
        VelocityLoss.Batch batch(int... timesteps) {
            return new VelocityLoss.Batch(noisy, noisy, timesteps, text, null);
        }
    }

    private static void with(Distill distill, BiConsumer<Teacher, Given> check) {
        Scopes.run(() -> {
            try (Rng rng = new Rng(1);
                    Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, CONFIG), rng);
                    Positions positions = Positions.of(CONFIG, new Positions.Size(3, 2, 4, 4));
                    NoGradGuard noGrad = new NoGradGuard()) {
                rng.normal(parameters.values(), 0, 0.2);
                ExpertTransformer network = new ExpertTransformer(new Weights(parameters), CONFIG);
                Given given =
                        new Given(network, rng.randn(2, 2, 4, 4, 4), rng.randn(2, 3, 6), rng.randn(1, 3, 6), positions);
                check.accept(new Teacher(network, TRAILING, distill, given.noCaption()), given);
            }
        });
    }

    private static Timesteps timesteps(int steps) {
        return new Timesteps(new NoiseSchedule(TRAILING.schedule()), TRAILING.spacing(), 0, steps, false);
    }

    private static Tensor step(Timesteps timesteps, int i, Tensor z, Tensor velocity) {
        try (Rng unused = new Rng(1)) {
            return Scheduler.of(SchedulerType.DDIM, timesteps)
                    .step(i, Denoised.start(z), velocity, unused)
                    .latents();
        }
    }

    private static double farthest(Tensor a, Tensor b) {
        return Scopes.run(() -> a.sub(b).abs().max().item_double());
    }
}
