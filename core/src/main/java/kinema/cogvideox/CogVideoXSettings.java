package kinema.cogvideox;

import static kinema.system.CommonSettings.GUIDANCE;
import static kinema.system.CommonSettings.NEGATIVE;
import static kinema.system.CommonSettings.STEPS;

import java.util.List;
import java.util.Optional;
import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.system.CommonSettings;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.ValueType;
import kinema.weights.ModelIndex;

/** The settings of a CogVideoX request, by which its denoising differs from another's. */
final class CogVideoXSettings {
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

    static final Setting<CacheWay> CACHE = Setting.of(
            "cache",
            "takes steps without most of the network between those it computes: extrapolate has its guided prediction go on"
                    + " linearly, with N steps at most, or 3, from one computed step to the next; mag and tea reuse what its"
                    + " blocks did at the last computed step, as MagCache and TeaCache do, up to a threshold of 0.06 and 0.2",
            CacheWay.TYPE);

    /** The digest of the {@link kinema.cogvideox.files.CalibrationFile} that {@link #CACHE} goes by. */
    static final Setting<String> CALIBRATION = Setting.of(
            "calibration",
            "which measurement of 'kinema calibrate' cache goes by, so that a video can be made again; follows from cache and"
                    + " scheduler",
            ValueType.form("a digest of 12 hexadecimal digits", "[0-9a-f]{12}", text -> text));

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
    static Schema of(ModelIndex index, SchedulerFile scheduler, Caching caching) {
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
                        CALIBRATION,
                        MIN_PSNR,
                        CommonSettings.DRAFT,
                        COMPAT))
                .where(timesteps, steps, List::size)
                .where(CALIBRATION, caching::calibration);
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

    /** Whether every step is taken with and without the prompt. */
    static boolean guided(Settings settings) {
        return settings.get(GUIDANCE) > 1;
    }
}
