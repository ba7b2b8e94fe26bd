package kinema.cogvideox;

import static kinema.system.CommonSettings.GUIDANCE;
import static kinema.system.CommonSettings.NEGATIVE;
import static kinema.system.CommonSettings.STEPS;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.Extrapolation;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.diffusion.Timesteps;
import kinema.system.CommonSettings;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.ValueType;
import kinema.weights.ModelIndex;

/** The settings of a CogVideoX request, by which its denoising differs from another's. */
final class CogVideoXSettings {
    private static final int USUAL_EVERY = 3;
    private static final int USUAL_STEPS = 50;
    private static final double USUAL_GUIDANCE = 6;

    static final Setting<SchedulerType> SCHEDULER =
            Setting.of("scheduler", "the sampler", ValueType.choice(SchedulerType.class));

    static final Setting<Spacing> SPACING = Setting.of(
            "spacing", "how the steps are spread over the timesteps of training", ValueType.choice(Spacing.class));

    static final Setting<List<Integer>> TIMESTEPS = Setting.of(
            "timesteps",
            "the very timesteps to visit, as a network that was trained for few steps wants them; in place of steps and"
                    + " spacing",
            ValueType.falling(Integer.MAX_VALUE));

    /** How many steps at most from one computed step to the next. */
    static final Setting<Integer> CACHE = Setting.of(
            "cache",
            "takes steps without the network between those it computes: extrapolate has its guided prediction go on"
                    + " linearly; N, 3 where it is left out, is how many steps at most from one computed step to the next",
            ValueType.form(
                    "extrapolate or extrapolate:N, N from 2 to 99",
                    "extrapolate(:([2-9]|[1-9]\\d))?",
                    text -> text.contains(":")
                            ? Integer.parseInt(text.substring(text.indexOf(':') + 1))
                            : USUAL_EVERY));

    static final Setting<Double> MIN_PSNR = Setting.of(
            "min-psnr",
            "how near the pictures are to be to those of a run without cache, in dB: steps whose estimates would lead below"
                    + " it are computed",
            ValueType.number(10, 90, "between 10 and 90"));

    static final Setting<Boolean> DYNAMIC_GUIDANCE = Setting.of(
                    "dynamic-guidance",
                    "whether guidance grows over the steps, as CogVideoX's authors have it with dpm",
                    ValueType.flag())
            .withStandard(false);

    static final Setting<Boolean> COMPAT = Setting.of(
                    "compat",
                    "whether to repeat the Python implementation's choice of timesteps where steps do not divide those of"
                            + " training, and to take 8k frames as it does",
                    ValueType.flag())
            .withStandard(false);

    private CogVideoXSettings() {}

    /** What a checkpoint states, else what its authors recommend. */
    static Schema of(ModelIndex index, SchedulerFile scheduler) {
        int trained = scheduler.schedule().trainTimesteps();
        Setting<Integer> steps = STEPS.within(ValueType.whole(1, trained))
                .withStandard(index.own("steps").asInt(USUAL_STEPS));
        Setting<List<Integer>> timesteps = TIMESTEPS.within(ValueType.falling(trained - 1));
        return new Schema(List.of(
                        NEGATIVE,
                        SCHEDULER.withStandard(SchedulerFile.sampler(index)),
                        SPACING.withStandard(scheduler.spacing()),
                        steps,
                        timesteps,
                        GUIDANCE.withStandard(index.own("guidance").asDouble(USUAL_GUIDANCE)),
                        DYNAMIC_GUIDANCE,
                        CACHE,
                        MIN_PSNR,
                        CommonSettings.DRAFT,
                        COMPAT))
                .where(timesteps, steps, List::size);
    }

    /**
     * Refuses settings that contradict one another.
     *
     * @throws IllegalArgumentException with both of them
     */
    static void check(Settings settings) {
        if (settings.find(MIN_PSNR).isPresent() && settings.find(CACHE).isEmpty()) {
            throw new IllegalArgumentException(
                    "min-psnr bounds what cache may cost, and cache is not set; set it, such as to extrapolate");
        }
        Optional<List<Integer>> timesteps = settings.find(TIMESTEPS);
        if (timesteps.isEmpty()) {
            return;
        }
        int steps = settings.get(STEPS);
        if (steps != timesteps.get().size()) {
            throw new IllegalArgumentException("steps is " + steps + ", and timesteps names "
                    + timesteps.get().size() + "; a step is taken at each of them, so leave steps out");
        }
        if (settings.get(COMPAT)) {
            throw new IllegalArgumentException(
                    "compat repeats the Python implementation's choice of timesteps, and timesteps chooses others;"
                            + " leave one of them out");
        }
    }

    /** Which steps of a run are estimated; empty where all are computed. */
    static Optional<Extrapolation> cache(Settings settings, Timesteps timesteps) {
        OptionalDouble floor = settings.find(MIN_PSNR).map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
        return settings.find(CACHE).map(every -> new Extrapolation(timesteps, every, floor));
    }

    /** Whether every step is taken with and without the prompt. */
    static boolean guided(Settings settings) {
        return settings.get(GUIDANCE) > 1;
    }
}
