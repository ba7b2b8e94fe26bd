package kinema.show1;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import kinema.diffusion.Denoised;
import kinema.diffusion.Scheduler;
import kinema.nn.Pixels;
import kinema.show1.unet.Dropout;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a stage, window after window: the network predicts, guidance leads, the sampler steps. Every window starts
 * from the seed anew, as the authors have it, so all have the same noise. For one run.
 *
 * <p>Axes: C channels, F frames, H W rows and columns.
 */
final class WindowStepper implements Stepper, AutoCloseable {
    /** Name of the frames that finished windows made, (1, C, F, H, W); absent before the first has ended. */
    static final String MADE = "made";
    /** Name of what is denoised, (1, C, F, H, W); absent between windows. */
    static final String SAMPLE = "sample";
    /** Name of what the step before took the finished sample to be; absent where {@link #SAMPLE} is and after that begins. */
    static final String CLEAN = "clean";

    /**
     * What is handed to observers.
     *
     * @param name of the first window's steps
     * @param pixels whether samples are pictures, which can be shown as they are
     */
    record Shown(String name, boolean pixels) {}

    private final Windows windows;
    private final GuidedUnet network;
    private final Scheduler scheduler;
    private final long seed;
    private final Shown shown;
    private int begun = -1; // the window whose condition is here
    private @Nullable Tensor condition;

    WindowStepper(Windows windows, GuidedUnet network, Scheduler scheduler, long seed, Shown shown) {
        this.windows = windows;
        this.network = network;
        this.scheduler = scheduler;
        this.seed = seed;
        this.shown = shown;
    }

    /** How many steps a stage of so many windows has. */
    static int count(int windows, Scheduler scheduler) {
        return Math.multiplyExact(windows, scheduler.timesteps().count());
    }

    @Override
    public int count() {
        return count(windows.count(), scheduler);
    }

    @Override
    public Map<String, Tensor> step(RunState state, Rng rng) {
        int window = state.done() / perWindow(), i = state.done() % perWindow();
        @Nullable Tensor made = state.changing().get(MADE);
        @Nullable Tensor fresh = begin(window, made, i == 0 ? rng : null);
        Denoised at = fresh == null
                ? new Denoised(state.changing(SAMPLE), state.changing().get(CLEAN))
                : Denoised.start(fresh);
        int timestep = scheduler.timesteps().at(i);
        @Nullable Dropout dropout = network.dropsOut() ? Dropout.of(rng) : null;
        Tensor both = network.predict(at.latents(), condition, timestep, dropout); // (B, C or more, F, H, W)
        Tensor noise = network.guide(both, at.latents().size(1), timestep); // (1, C or more, F, H, W)
        Denoised next = scheduler.step(i, at, noise, rng); // (1, C, F, H, W)
        Map<String, Tensor> changed = new LinkedHashMap<>();
        if (i == perWindow() - 1) {
            changed.put(MADE, windows.add(window, next.latents(), made));
            return changed;
        }
        if (made != null) {
            changed.put(MADE, made.alias());
        }
        changed.put(SAMPLE, next.latents());
        changed.put(CLEAN, Objects.requireNonNull(next.clean()));
        return changed;
    }

    @Override
    public Optional<String> part(int step) {
        return windows.count() == 1
                ? Optional.empty()
                : Optional.of("window " + (step / perWindow() + 1) + " of " + windows.count());
    }

    @Override
    public void show(RunState state, RunObserver observer) {
        int step = state.done() - 1;
        if (step < perWindow()) {
            Tensor sample = state.changing().containsKey(SAMPLE) ? state.changing(SAMPLE) : state.changing(MADE);
            Scopes.run(() -> observer.tensor(shown.name() + "_step" + step, withoutFrames(sample)));
        }
    }

    /** What the step took the window's pictures to be; latents are not pictures. */
    @Override
    public Optional<Tensor> preview(RunState state) {
        return shown.pixels()
                ? Optional.ofNullable(state.changing().get(CLEAN)).map(Pixels::fromNetwork)
                : Optional.empty();
    }

    @Override
    public void close() {
        if (condition != null) {
            Scopes.free(condition);
            condition = null;
        }
        begun = -1;
    }

    /** A single picture as (1, C, H, W), a clip as it is. */
    static Tensor withoutFrames(Tensor x) {
        return x.size(2) == 1 ? x.squeeze(2) : x;
    }

    /**
     * Has a window's condition here. Where the window begins, the run's random numbers start from the seed, and what is
     * denoised is returned; where the run goes on within it, the condition is made again, with random numbers of its own.
     */
    private @Nullable Tensor begin(int window, @Nullable Tensor made, @Nullable Rng rng) {
        if (rng == null && begun == window) {
            return null;
        }
        try (Rng anew = new Rng(seed)) {
            if (rng != null) {
                Scopes.run(() -> rng.restore(anew.state()));
            }
            Windows.Start start = windows.begin(window, made, rng == null ? anew : rng);
            close();
            condition = start.condition() == null ? null : Scopes.own(start.condition());
            begun = window;
            return rng == null ? null : start.sample();
        }
    }

    private int perWindow() {
        return scheduler.timesteps().count();
    }
}
