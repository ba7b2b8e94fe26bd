package kinema.show1;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.diffusion.Guidance;
import kinema.diffusion.LatentSpace;
import kinema.diffusion.Scheduler;
import kinema.memory.Reservation;
import kinema.nn.Pixels;
import kinema.nn.Posterior;
import kinema.show1.Show1Stages.Level;
import kinema.show1.WindowStepper.Shown;
import kinema.show1.unet.Unet;
import kinema.show1.vae.FrameVae;
import kinema.system.Run;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.Stage;
import kinema.system.Steps;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.TokenIds;
import org.bytedeco.pytorch.Tensor;

/**
 * One run through the cascade: each stage starts from what the one before made, with the seed anew.
 *
 * <p>Axes: Z latent channels, K key frames, F frames, H W rows and columns, h w of latents, L text tokens, S width of their
 * states.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3 and figure 3</a>
 */
final class Cascade {
    /** Name of T5's states, of the empty text and the prompt, (2, L, S). */
    private static final String TEXT = "text";
    /** Name of CLIP's states, of the negative text and the prompt, (2, L, S). */
    private static final String CLIP = "clip";
    /** Name of the key frames, (1, 3, K, H, W). */
    private static final String KEYS = "keys";
    /** Name of all frames in small, (1, 3, F, H, W). */
    private static final String SMALL = "small";
    /** Name of the first frame in large, (1, 3, 1, H, W). */
    private static final String FIRST = "first";
    /** Name of the noisy latents, (1, Z, F, h, w). */
    private static final String NOISY = "noisy";

    private final Show1Pipeline model;
    private final Run run;
    private final Reservation memory;
    private final Sampling sampling;
    private final Settings settings;
    private final Show1Size size;

    /** A run of a request that was checked; {@code memory} is reserved for it. */
    Cascade(Show1Pipeline model, Run run, Reservation memory) {
        this.model = model;
        this.run = run;
        this.memory = memory;
        sampling = run.sampling();
        settings = sampling.settings();
        size = Show1Size.of(sampling);
    }

    /** Runs all stages, or those that kept work leaves to do. */
    void run() {
        TokenIds prompt = inPixels() ? forPixels(sampling.prompt()) : forLatents(sampling.prompt());
        observer().prompt(prompt.used(), prompt.cut() == null ? "" : prompt.cut());
        List<Stage> stages = model.rules().stages(sampling);
        RunState state = run.store().saved().orElseGet(this::begin);
        while (true) {
            Denoising d = Denoising.of(state.stage());
            RunState end = denoise(d, state);
            memory.stageEnded();
            Tensor made = end.changing(WindowStepper.MADE);
            tell(d, made);
            if (isLast(d, stages)) {
                finish(d, made);
                return;
            }
            state = after(d, made, end);
        }
    }

    private RunObserver observer() {
        return run.observer();
    }

    private boolean inPixels() {
        return Show1Settings.from(sampling) != Level.REFINE;
    }

    private TokenIds forPixels(String text) {
        return model.text().forPixels(text);
    }

    private TokenIds forLatents(String text) {
        return model.text().forLatents(text);
    }

    /** The state before the first step. */
    private RunState begin() {
        observer().stage(Show1Stages.TEXT);
        Map<String, Tensor> fixed = new LinkedHashMap<>();
        if (inPixels()) {
            TokenIds prompt = forPixels(sampling.prompt());
            Tensor states = model.text().pixelStates(forPixels(""), prompt); // (2, L, S)
            observer().tensor("ids", Tensors.of(prompt.ids(), 1, prompt.ids().length));
            observer().tensor("negative_embeds", states.narrow(0, 0, 1));
            observer().tensor("prompt_embeds", states.narrow(0, 1, 1));
            fixed.put(TEXT, states);
        }
        if (settings.get(Show1Settings.UNTIL) == Level.REFINE) {
            TokenIds prompt = forLatents(sampling.prompt());
            TokenIds negative = forLatents(settings.get(Show1Settings.NEGATIVE));
            Tensor states = model.text().latentStates(negative, prompt); // (2, L, S)
            observer().tensor("clip_ids", Tensors.of(prompt.ids(), 1, prompt.ids().length));
            observer().tensor("clip_states", states.narrow(0, 1, 1));
            fixed.put(CLIP, states);
        }
        return switch (Show1Settings.from(sampling)) {
            case BASE -> start(Denoising.BASE, fixed);
            case INTERPOLATE -> {
                fixed.put(KEYS, Pixels.toNetwork(run.pictures().get()));
                yield start(Denoising.INTERPOLATE, fixed);
            }
            case UPSCALE -> {
                fixed.put(SMALL, Pixels.toNetwork(run.pictures().get()));
                yield start(Denoising.FIRST_FRAME, fixed);
            }
            case REFINE -> encode(run.pictures().get(), fixed);
        };
    }

    /** A stage before its first step. */
    private RunState start(Denoising d, Map<String, Tensor> fixed) {
        try (Rng rng = new Rng(sampling.seed())) {
            return new RunState(d.stage().name(), 0, Map.of(), rng.state(), fixed);
        }
    }

    /** The state after a stage's last step; its network is not loaded where no step is left. */
    private RunState denoise(Denoising d, RunState start) {
        observer().stage(d.stage());
        Windows windows = windows(d, start);
        Scheduler scheduler = model.samplers().of(d, settings, Show1Rules.strength(sampling));
        if (start.done() == WindowStepper.count(windows.count(), scheduler)) {
            return start;
        }
        Steps steps = new Steps(run.store(), observer());
        return model.networks()
                .unet(d.part())
                .in(memory.plan(), d.stage().name())
                .use(network -> Scopes.keepAll(
                        () -> {
                            GuidedUnet guided = guided(d, network, start);
                            Shown shown = new Shown(d.shown(), d.isInPixels());
                            try (WindowStepper stepper =
                                    new WindowStepper(windows, guided, scheduler, sampling.seed(), shown)) {
                                return steps.run(start, stepper);
                            }
                        },
                        RunState::replaced));
    }

    private GuidedUnet guided(Denoising d, Unet network, RunState state) {
        Guidance guidance = new Guidance(d.guidance(settings), false, d.steps(settings));
        Tensor states = state.fixed(d.isInPixels() ? TEXT : CLIP); // (2, L, S)
        Tensor needed = guidance.active() ? states : states.narrow(0, 1, 1); // (1 or 2, L, S)
        return new GuidedUnet(
                network, network.text(needed), guidance, d.noiseLevel(settings).orElse(null), d.dropsOut(settings));
    }

    private Windows windows(Denoising d, RunState state) {
        return switch (d) {
            case BASE -> new KeyFrames(size);
            case INTERPOLATE -> new Interpolation(state.fixed(KEYS), settings.get(Show1Settings.KEEP));
            case FIRST_FRAME -> new FirstFrame(state.fixed(SMALL), enlarging(d));
            case UPSCALE -> new Upscaling(state.fixed(SMALL), state.fixed(FIRST), enlarging(d));
            case REFINE -> new Refinement(state.fixed(NOISY));
        };
    }

    private Enlarging enlarging(Denoising d) {
        return new Enlarging(model.samplers().noising(d), d.noiseLevel(settings).orElseThrow(), size.scale());
    }

    /** Hands what a stage made to the observer. */
    private void tell(Denoising d, Tensor made) {
        switch (d) {
            case BASE -> observer().tensor("base", made);
            case INTERPOLATE -> observer().tensor("interp", made);
            case FIRST_FRAME -> observer().tensor("if2", WindowStepper.withoutFrames(made));
            case UPSCALE -> observer().tensor("sr1", made);
            case REFINE -> {} // its last step has shown it
        }
    }

    private static boolean isLast(Denoising d, List<Stage> stages) {
        int next = stages.indexOf(d.stage()) + 1;
        return next == stages.size() || stages.get(next).kind() == Stage.Kind.DECODE;
    }

    /** The next stage before its first step. */
    private RunState after(Denoising d, Tensor made, RunState end) {
        Map<String, Tensor> fixed = new LinkedHashMap<>(end.fixed());
        return switch (d) {
            case BASE -> {
                fixed.put(KEYS, made);
                yield start(Denoising.INTERPOLATE, fixed);
            }
            case INTERPOLATE -> {
                fixed.remove(KEYS);
                fixed.put(SMALL, made);
                yield start(Denoising.FIRST_FRAME, fixed);
            }
            case FIRST_FRAME -> {
                fixed.put(FIRST, made);
                yield start(Denoising.UPSCALE, fixed);
            }
            case UPSCALE -> {
                Tensor frames = FrameBytes.resized(FrameBytes.of(made), size.width(), size.height());
                yield encode(frames, Map.of(CLIP, end.fixed(CLIP)));
            }
            case REFINE -> throw new IllegalStateException("nothing comes after refining");
        };
    }

    /**
     * Refining before its first step: frames become latents, as noisy as its first timestep says.
     *
     * @param frames (F, H, W, 3) uint8 in the final size
     */
    private RunState encode(Tensor frames, Map<String, Tensor> fixed) {
        observer().stage(Show1Stages.ENCODE);
        observer().tensor("sr2_input_frame0", frames.select(0, 0));
        Scheduler scheduler = model.samplers().of(Denoising.REFINE, settings, Show1Rules.strength(sampling));
        int[] first = {scheduler.timesteps().at(0)};
        LatentSpace space = model.rules().vae().latentSpace();
        Posterior posterior = model.networks().vae(vae -> vae.encode(FrameBytes.forVae(frames)));
        Map<String, Tensor> more = new LinkedHashMap<>(fixed);
        try (Rng rng = new Rng(sampling.seed())) {
            more.put(NOISY, Scopes.keep(() -> {
                Tensor latents = space.scaled(posterior.sample(rng)); // (F, Z, h, w)
                Tensor clip = latents.transpose(0, 1).unsqueeze(0); // (1, Z, F, h, w)
                Tensor noise = rng.randn(latents.shape()).transpose(0, 1).unsqueeze(0); // (1, Z, F, h, w)
                return model.samplers()
                        .schedule(Denoising.REFINE)
                        .addNoise(clip, noise, first)
                        .contiguous(); // (1, Z, F, h, w)
            }));
        }
        return start(Denoising.REFINE, more);
    }

    /** Hands the finished frames to the observer. */
    private void finish(Denoising d, Tensor made) {
        observer().checkCancelled();
        if (d.isInPixels()) {
            Scopes.run(() -> observer().frames(Pixels.fromNetwork(made)));
            return;
        }
        observer().stage(Show1Stages.DECODE);
        model.networks().vae(vae -> {
            for (long i = 0; i < made.size(2); i++) {
                observer().checkCancelled();
                Tensor latents = made.select(2, i); // (1, Z, h, w)
                Scopes.run(() -> observer().frames(decoded(vae, latents))); // (1, H, W, 3)
            }
            return made;
        });
    }

    private Tensor decoded(FrameVae vae, Tensor latents) {
        Tensor unscaled = model.rules().vae().latentSpace().raw(latents); // (1, Z, h, w)
        return Pixels.fromNetwork(vae.decode(unscaled).unsqueeze(2)); // (1, H, W, 3)
    }
}
