package kinema.testing.toy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.Denoised;
import kinema.diffusion.Guidance;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.Scheduler;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Timesteps;
import kinema.memory.Budget;
import kinema.memory.MemoryPlan;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.memory.SharedNetwork;
import kinema.system.Collected;
import kinema.system.CommonSettings;
import kinema.system.OpenOptions;
import kinema.system.PipelineRules;
import kinema.system.Run;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.Stepper;
import kinema.system.Steps;
import kinema.system.VideoPipeline;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Runs the stages of a {@link ToyCascade} one after the other. T h w 3 are the coarse pixels, T H W 3 the fine ones. */
final class ToyCascadePipeline implements VideoPipeline {
    private static final String GUIDE = "guide";
    private static final String FRAMES = "frames";
    private static final NoiseSchedule SCHEDULE = new NoiseSchedule(new ScheduleConfig(1000, 0.001, 0.012, 1, true));

    private final Checkpoint coarseFile, fineFile;
    private final SharedNetwork<ToyNetwork> coarse, fine;
    private final ToyCascadeFootprint footprint;
    private final Planner planner;

    ToyCascadePipeline(ToyFiles files, OpenOptions options) {
        Placement placement = Placement.resident(ScalarType.Float);
        coarseFile = Checkpoint.open(files.folder(ToyCascade.COARSE.name()), placement);
        fineFile = Checkpoint.open(files.folder(ToyCascade.FINE.name()), placement);
        coarse = SharedNetwork.of(coarseFile, ToyNetwork::new, placement, options.kept());
        fine = SharedNetwork.of(fineFile, ToyNetwork::new, placement, options.kept());
        footprint = new ToyCascadeFootprint(coarse.weights(), fine.weights());
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
    }

    @Override
    public PipelineRules rules() {
        return ToyCascade.Rules.ALL;
    }

    @Override
    public MemoryPlan plan(Sampling sampling, Collected collected) {
        rules().check(sampling);
        return planner.plan(footprint.of(sampling, collected));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public void run(Run run) {
        Sampling s = run.sampling();
        RunObserver observer = run.observer();
        observer.prompt(Math.min(ToyFiles.LETTERS, s.prompt().length()), cut(s.prompt()));
        try (Reservation memory = planner.begin(footprint.of(s, observer.collected()), run.plan())) {
            Scopes.run(() -> {
                RunState begun = run.store().saved().orElseGet(() -> begin(s, observer));
                RunState end = fine(coarse(begun, run, memory), run, memory);
                observer.checkCancelled();
                observer.stage(ToyCascade.WRITE);
                observer.frames(end.changing(FRAMES).tanh().add(new Scalar(1.0)).mul(new Scalar(0.5)));
            });
        }
    }

    /** From the first state to that before the first step of the fine stage. */
    private RunState coarse(RunState start, Run run, Reservation memory) {
        if (!start.stage().equals(ToyCascade.COARSE.name())) {
            return start;
        }
        run.observer().stage(ToyCascade.COARSE);
        Settings settings = run.sampling().settings();
        RunState end = coarse.in(memory.plan(), ToyCascade.COARSE.name())
                .use(network -> new Steps(run.store(), run.observer()).run(start, new Coarse(network, settings)));
        memory.stageEnded();
        return guided(end);
    }

    private RunState fine(RunState start, Run run, Reservation memory) {
        if (start.done() == Fine.count(run.sampling())) {
            return start;
        }
        run.observer().stage(ToyCascade.FINE);
        RunState end = fine.in(memory.plan(), ToyCascade.FINE.name())
                .use(network -> new Steps(run.store(), run.observer()).run(start, new Fine(network, run.sampling())));
        memory.stageEnded();
        return end;
    }

    @Override
    public void close() {
        coarseFile.close();
        fineFile.close();
    }

    private static String cut(String prompt) {
        return prompt.substring(Math.min(ToyFiles.LETTERS, prompt.length()));
    }

    private static RunState begin(Sampling s, RunObserver observer) {
        observer.stage(ToyCascade.TEXT);
        Tensor negative = Tensors.of(ToyFiles.states(s.settings().get(CommonSettings.NEGATIVE)), 1, ToyFiles.LETTERS);
        Tensor prompt = Tensors.of(ToyFiles.states(s.prompt()), 1, ToyFiles.LETTERS);
        Tensor text = Tensors.cat(0, negative, prompt); // (2, L)
        observer.tensor("text", text);
        try (Rng rng = new Rng(s.seed())) {
            Tensor noise =
                    rng.randn(s.size().frames(), s.size().height() / 2, s.size().width() / 2, 3); // (T, h, w, 3)
            return new RunState(
                    ToyCascade.COARSE.name(),
                    0,
                    ToyStage.tensors(Denoised.start(noise)),
                    rng.state(),
                    Map.of(ToyStage.TEXT, text));
        }
    }

    /** The beginning of the fine stage: what the coarse one made is its guide, at twice the size. */
    private static RunState guided(RunState coarse) {
        Tensor guide = coarse.changing(ToyStage.PIXELS)
                .repeat_interleave(2, new org.bytedeco.pytorch.LongOptional(1), new org.bytedeco.pytorch.LongOptional())
                .repeat_interleave(
                        2,
                        new org.bytedeco.pytorch.LongOptional(2),
                        new org.bytedeco.pytorch.LongOptional()); // (T, H, W, 3)
        Map<String, Tensor> fixed = Map.of(ToyStage.TEXT, coarse.fixed(ToyStage.TEXT), GUIDE, guide);
        return new RunState(ToyCascade.FINE.name(), 0, Map.of(), coarse.rng(), fixed);
    }

    private static Scheduler scheduler(SchedulerType type, int steps) {
        return Scheduler.of(type, new Timesteps(SCHEDULE, Spacing.TRAILING, 0, steps, false));
    }

    /** All frames at half the size, by DDIM. */
    private static final class Coarse implements Stepper {
        private final ToyStage stage;

        Coarse(ToyNetwork network, Settings settings) {
            int steps = settings.get(ToyCascade.COARSE_STEPS);
            stage = new ToyStage(
                    network,
                    new Guidance(settings.get(ToyCascade.COARSE_GUIDANCE), false, steps),
                    scheduler(SchedulerType.DDIM, steps));
        }

        @Override
        public int count() {
            return stage.steps();
        }

        @Override
        public Map<String, Tensor> step(RunState state, Rng rng) {
            Tensor nothing = state.changing(ToyStage.PIXELS).mul(new Scalar(0.0)); // (T, h, w, 3)
            return ToyStage.tensors(
                    stage.step(state.done(), ToyStage.denoised(state), nothing, state.fixed(ToyStage.TEXT), rng));
        }

        @Override
        public Optional<Tensor> preview(RunState state) {
            return Optional.of(state.changing(ToyStage.CLEAN).sigmoid());
        }
    }

    /** Windows of four frames at the full size, by DPM, each with one frame of the window before. */
    private static final class Fine implements Stepper {
        private final ToyStage stage;
        private final int windows;
        private final long[] shape; // (4, H, W, 3)

        Fine(ToyNetwork network, Sampling s) {
            int steps = s.settings().get(ToyCascade.FINE_STEPS);
            stage = new ToyStage(
                    network,
                    new Guidance(s.settings().get(ToyCascade.FINE_GUIDANCE), false, steps),
                    scheduler(SchedulerType.DPM, steps));
            windows = windows(s);
            int frames = Math.min(s.size().frames(), ToyCascade.STRIDE + 1);
            shape = new long[] {frames, s.size().height(), s.size().width(), 3};
        }

        /** All steps of a request's stage. */
        static int count(Sampling s) {
            return windows(s) * s.settings().get(ToyCascade.FINE_STEPS);
        }

        private static int windows(Sampling s) {
            return Math.max(1, (s.size().frames() - 1) / ToyCascade.STRIDE);
        }

        @Override
        public int count() {
            return windows * stage.steps();
        }

        @Override
        public Optional<String> part(int step) {
            return Optional.of("window " + (step / stage.steps() + 1) + " of " + windows);
        }

        @Override
        public Map<String, Tensor> step(RunState state, Rng rng) {
            int window = state.done() / stage.steps();
            int i = state.done() % stage.steps();
            Denoised at = i == 0 ? Denoised.start(rng.randn(shape)) : ToyStage.denoised(state);
            Tensor guide = state.fixed(GUIDE).narrow(0, (long) window * ToyCascade.STRIDE, shape[0]);
            Denoised next = stage.step(i, at, guide, state.fixed(ToyStage.TEXT), rng);
            Map<String, Tensor> changed = new LinkedHashMap<>(ToyStage.tensors(next));
            Optional.ofNullable(frames(state, next.latents(), i == stage.steps() - 1))
                    .ifPresent(frames -> changed.put(FRAMES, frames));
            return changed;
        }

        /** The finished frames, with those of a window that is. */
        private @org.jspecify.annotations.Nullable Tensor frames(RunState state, Tensor window, boolean finished) {
            Tensor before = state.changing().get(FRAMES);
            if (!finished) {
                return before;
            }
            return before == null ? window.clone() : Tensors.cat(0, before, window.narrow(0, 1, shape[0] - 1));
        }
    }
}
