package kinema.cogvideox;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import kinema.cogvideox.transformer.BlockWatcher;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.ExpertTransformer.Pass;
import kinema.cogvideox.transformer.Positions;
import kinema.diffusion.Denoised;
import kinema.diffusion.Guidance;
import kinema.diffusion.Predictor;
import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.Predictor.Prediction;
import kinema.diffusion.Scheduler;
import kinema.diffusion.StepNetwork;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Device;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * A step from noise to latents: the network predicts, guidance joins, the scheduler steps.
 *
 * <p>Axes as in {@link CogVideoXPipeline}.
 */
final class Denoiser implements Stepper {
    /** Name of the latents, (1, F, C, h, w). */
    static final String LATENTS = "latents";
    /** Name of what the step before took the finished latents to be; absent before the first step. */
    static final String CLEAN = "clean";
    /** Name of the text states, (B, L, Ct). */
    static final String TEXT = "text";
    /** Name of the latents of an image or of a control video, (1, F, C, h, w); absent where the model has none. */
    static final String BESIDE = "beside";

    /**
     * What the transformer is given alike at every step.
     *
     * @param text the text states as its tokens, (B, L, D)
     * @param positions of all tokens
     */
    record Given(Tensor text, Positions positions) {}

    /**
     * How steps are taken.
     *
     * @param predictor which of them are computed, and what stands for the others
     */
    record Rule(Guidance guidance, Scheduler scheduler, Predictor predictor) {}

    private final ExpertTransformer transformer;
    private final Given given;
    private final Guidance guidance;
    private final Scheduler scheduler;
    private final Predictor predictor;
    private final UnaryOperator<Tensor> preview;

    /**
     * The steps of a run.
     *
     * @param preview makes small pictures (F, h, w, 3) of latents (1, F, C, h, w)
     */
    Denoiser(ExpertTransformer transformer, Given given, Rule rule, UnaryOperator<Tensor> preview) {
        this.transformer = transformer;
        this.given = given;
        guidance = rule.guidance();
        scheduler = rule.scheduler();
        predictor = rule.predictor();
        this.preview = preview;
    }

    @Override
    public int count() {
        return scheduler.timesteps().count();
    }

    @Override
    public Map<String, Tensor> step(RunState state, Rng rng) {
        int i = state.done();
        Prediction made = predictor.predict(i, Memory.of(state.changing()), new AtState(state)); // (1, F, C, h, w)
        Map<String, Tensor> changed = tensors(scheduler.step(i, denoised(state), made.velocity(), rng));
        changed.putAll(made.memory().tensors());
        return changed; // (1, F, C, h, w)
    }

    /** The transformer at the step that a state leads to. */
    private final class AtState implements StepNetwork {
        private final RunState state;

        private AtState(RunState state) {
            this.state = state;
        }

        @Override
        public Tensor velocity() {
            return guided(predict(state, BlockWatcher.NONE)); // (1, F, C, h, w)
        }

        @Override
        public Computed withResidual() {
            Tensor input = input(state); // (B, F, C or 2·C, h, w)
            Pass made = transformer.pass(input, given.text(), timesteps(state, input), given.positions());
            Tensor residual = made.residual(); // the state is the processor's
            return new Computed(
                    guided(made.velocity()),
                    Device.CPU.place(residual, residual.scalar_type())); // (1, F, C, h, w), (B, N, D)
        }

        @Override
        public Tensor reuse(Tensor residual) {
            Tensor input = input(state); // (B, F, C or 2·C, h, w)
            return guided(transformer.reuse(input, timesteps(state, input), given.positions(), residual));
        }

        private Tensor guided(Tensor velocity) {
            return guidance.active()
                    ? guidance.join(velocity, scheduler.timesteps().at(state.done()))
                    : velocity; // (1, F, C, h, w)
        }
    }

    @Override
    public void show(RunState state, RunObserver observer) {
        observer.tensor("latents_step" + (state.done() - 1), state.changing(LATENTS));
    }

    /** Shows what the step took the finished latents to be: these are clear long before the noisy ones are. */
    @Override
    public Optional<Tensor> preview(RunState state) {
        return Optional.ofNullable(state.changing().get(CLEAN)).map(preview);
    }

    /** Takes the network's part of a failed step again and looks where it fails; failing is rare, looking is slow. */
    @Override
    public String whereNotFinite(RunState state) {
        FiniteCheck check = new FiniteCheck(transformer.config());
        return check.place(predict(state, check));
    }

    /** The latents of a state as a scheduler knows them. */
    static Denoised denoised(RunState state) {
        return new Denoised(state.changing(LATENTS), state.changing().get(CLEAN));
    }

    /** The changing tensors of a state with these latents. */
    static Map<String, Tensor> tensors(Denoised at) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(LATENTS, at.latents());
        if (at.clean() != null) {
            tensors.put(CLEAN, at.clean());
        }
        return tensors;
    }

    private Tensor predict(RunState state, BlockWatcher watcher) {
        Tensor input = input(state); // (B, F, C or 2·C, h, w)
        return transformer.predict(input, given.text(), timesteps(state, input), given.positions(), watcher);
    }

    private Tensor input(RunState state) {
        LatentInput x = new LatentInput(state.changing(LATENTS), state.fixed().get(BESIDE));
        return x.batch(guidance.active() ? 2 : 1); // (B, F, C or 2·C, h, w)
    }

    private Tensor timesteps(RunState state, Tensor like) {
        long[] all = new long[Math.toIntExact(like.size(0))];
        Arrays.fill(all, scheduler.timesteps().at(state.done()));
        return Tensors.of(all, all.length); // (B)
    }
}
