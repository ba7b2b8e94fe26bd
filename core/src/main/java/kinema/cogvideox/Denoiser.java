package kinema.cogvideox;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import kinema.cogvideox.transformer.BlockWatcher;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.diffusion.Denoised;
import kinema.diffusion.DenoisingState;
import kinema.diffusion.Guidance;
import kinema.diffusion.NotFiniteException;
import kinema.diffusion.SamplingObserver;
import kinema.diffusion.Scheduler;
import kinema.diffusion.StateKeeper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The loop from noise to latents: the network predicts, guidance joins, the scheduler steps. All that changes from step
 * to step is in a {@link DenoisingState}, so that a run which is kept and goes on takes the same way as one in one go.
 *
 * <p>Axes as in {@link CogVideoXPipeline}.
 */
final class Denoiser {
    /** Name of the text states, (B, L, Ct). */
    static final String TEXT = "text";
    /** Name of the latents of an image or of a control video, (1, F, C, h, w); absent where the model has none. */
    static final String BESIDE = "beside";

    private final ExpertTransformer transformer;
    private final Positions positions;
    private final Guidance guidance;
    private final Scheduler scheduler;
    private final UnaryOperator<Tensor> preview;
    private final int steps;

    /**
     * A loop.
     *
     * @param preview makes small pictures (F, h, w, 3) of latents (1, F, C, h, w)
     */
    Denoiser(
            ExpertTransformer transformer,
            Positions positions,
            Guidance guidance,
            Scheduler scheduler,
            UnaryOperator<Tensor> preview) {
        this.transformer = transformer;
        this.positions = positions;
        this.guidance = guidance;
        this.scheduler = scheduler;
        this.preview = preview;
        this.steps = scheduler.timesteps().count();
    }

    /**
     * Takes the steps that are left.
     *
     * @param start freed step by step, but for what does not change
     * @return the finished latents, (1, F, C, h, w)
     */
    Tensor run(DenoisingState start, StateKeeper keeper, SamplingObserver observer) {
        try (Rng rng = Rng.from(start.rng())) {
            return Scopes.keep(() -> {
                Tensor text = transformer.textTokens(
                        Objects.requireNonNull(start.fixed().get(TEXT), TEXT)); // (B, L, D)
                DenoisingState state = start;
                try {
                    keeper.offer(state);
                    while (state.done() < steps) {
                        observer.checkCancelled();
                        state = step(state, text, rng);
                        observer.tensor(
                                "latents_step" + (state.done() - 1), state.at().latents());
                        observer.step(state.done(), steps);
                        preview(state, observer);
                        keeper.offer(state);
                    }
                } catch (RuntimeException | Error e) { // cancelled or failed: the steps taken so far are not lost
                    keepDespite(e, state, keeper);
                    throw e;
                }
                keeper.keep(state);
                return state.at().latents();
            });
        }
    }

    /** Shows what the step took the finished latents to be: these are clear long before the noisy ones are. */
    private void preview(DenoisingState state, SamplingObserver observer) {
        Tensor clean = state.at().clean();
        if (clean != null && observer.wantsPreviews()) {
            Scopes.run(() -> observer.preview(state.done(), preview.apply(clean)));
        }
    }

    private DenoisingState step(DenoisingState state, Tensor text, Rng rng) {
        Denoised next = Scopes.keepAll(() -> step(state.done(), state, text, rng), Denoised::tensors);
        if (!FiniteCheck.isFinite(next.latents())) {
            throw new NotFiniteException(state.done() + 1, steps, whereNotFinite(state, text));
        }
        state.changing().forEach(Tensor::close);
        return state.next(next, rng.state());
    }

    private Denoised step(int i, DenoisingState state, Tensor text, Rng rng) {
        Tensor velocity = velocity(i, state, text, BlockWatcher.NONE); // (B, F, C, h, w)
        if (guidance.active()) {
            velocity = guidance.join(velocity, scheduler.timesteps().at(i)); // (1, F, C, h, w)
        }
        return scheduler.step(i, state.at(), velocity, rng); // (1, F, C, h, w)
    }

    private Tensor velocity(int i, DenoisingState state, Tensor text, BlockWatcher watcher) {
        LatentInput x = new LatentInput(state.at().latents(), state.fixed().get(BESIDE));
        Tensor input = x.batch(guidance.active() ? 2 : 1); // (B, F, C or 2·C, h, w)
        Tensor timesteps = batch(scheduler.timesteps().at(i), input); // (B)
        return transformer.predict(input, text, timesteps, positions, watcher); // (B, F, C, h, w)
    }

    /** Takes the network's part of a failed step again and looks where it fails; failing is rare, looking is slow. */
    private String whereNotFinite(DenoisingState state, Tensor text) {
        FiniteCheck check = new FiniteCheck(transformer.config());
        return Scopes.run(() -> check.place(velocity(state.done(), state, text, check)));
    }

    private static void keepDespite(Throwable cause, DenoisingState state, StateKeeper keeper) {
        try {
            keeper.keep(state);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private static Tensor batch(int timestep, Tensor like) {
        long[] all = new long[Math.toIntExact(like.size(0))];
        Arrays.fill(all, timestep);
        return Tensors.of(all, all.length); // (B)
    }
}
