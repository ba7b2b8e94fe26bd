package kinema.cogvideox.files;

import java.util.LinkedHashMap;
import java.util.Map;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Spacing;
import kinema.files.Names;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/**
 * What {@code scheduler/scheduler_config.json} says; absent keys take the defaults of the published scheduler classes.
 *
 * @param schedule the noise schedule
 * @param spacing how timesteps are spread over it
 * @param offset what leading timesteps start at
 */
public record SchedulerFile(ScheduleConfig schedule, Spacing spacing, int offset) {
    /** The schedule of 2b; 5b and 1.5 have no shift. */
    public static final ScheduleConfig COGVIDEOX_2B = new ScheduleConfig(1000, 0.00085, 0.012, 3, true);

    /** The schedule of 5b and 1.5. */
    public static final ScheduleConfig COGVIDEOX_5B = new ScheduleConfig(1000, 0.00085, 0.012, 1, true);

    private static final String PUBLISHED = "no published CogVideoX";
    private static final int TRAIN_TIMESTEPS = 1000;
    private static final int MAX_TIMESTEPS = 1_000_000;
    private static final double SNR_SHIFT = 3;

    /**
     * Reads the file.
     *
     * @throws WeightsException for a missing or damaged file, or a setting no published CogVideoX has
     */
    public static SchedulerFile read(ConfigFile c) {
        c.require("prediction_type", "epsilon", "v_prediction", PUBLISHED);
        c.require("beta_schedule", "scaled_linear", "scaled_linear", PUBLISHED);
        if (!c.flag("set_alpha_to_one", true) || c.node("trained_betas").isArray()) {
            throw new WeightsException(c.file() + ": needs set_alpha_to_one and no trained_betas, as all published"
                    + " CogVideoX models have it");
        }
        ScheduleConfig schedule = c.make(() -> new ScheduleConfig(
                c.count("num_train_timesteps", TRAIN_TIMESTEPS, MAX_TIMESTEPS),
                c.number("beta_start", 0.00085),
                c.number("beta_end", 0.012),
                c.number("snr_shift_scale", SNR_SHIFT),
                c.flag("rescale_betas_zero_snr", false)));
        return new SchedulerFile(schedule, spacing(c), offset(c, schedule));
    }

    /** The keys and values of the file for a sampler over a schedule, spaced as CogVideoX's authors space it. */
    public static Map<String, Object> toMap(SchedulerType sampler, ScheduleConfig schedule) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", className(sampler));
        map.put("beta_end", schedule.betaEnd());
        map.put("beta_schedule", "scaled_linear");
        map.put("beta_start", schedule.betaStart());
        map.put("clip_sample", false);
        map.put("num_train_timesteps", schedule.trainTimesteps());
        map.put("prediction_type", "v_prediction");
        map.put("rescale_betas_zero_snr", schedule.zeroTerminalSnr());
        map.put("set_alpha_to_one", true);
        map.put("snr_shift_scale", schedule.snrShift());
        map.put("steps_offset", 0);
        map.put("timestep_spacing", "trailing");
        return map;
    }

    /**
     * The sampler that a model's index names.
     *
     * @throws WeightsException when it is none of CogVideoX's
     */
    public static SchedulerType sampler(ModelIndex index) {
        return switch (index.part("scheduler")) {
            case "CogVideoXDDIMScheduler" -> SchedulerType.DDIM;
            case "CogVideoXDPMScheduler" -> SchedulerType.DPM;
            default -> throw index.unknown("scheduler", "CogVideoXDDIMScheduler, CogVideoXDPMScheduler");
        };
    }

    /** The published class of a sampler. */
    public static String className(SchedulerType sampler) {
        return switch (sampler) {
            case DDIM -> "CogVideoXDDIMScheduler";
            case DPM -> "CogVideoXDPMScheduler";
        };
    }

    private static Spacing spacing(ConfigFile c) {
        try {
            return Names.parse(Spacing.class, "spacing", c.text("timestep_spacing", "leading"));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(c.file() + ": 'timestep_spacing': " + e.getMessage(), e);
        }
    }

    private static int offset(ConfigFile c, ScheduleConfig schedule) {
        long offset = c.integer("steps_offset", 0);
        if (offset < 0 || offset >= schedule.trainTimesteps()) {
            throw new WeightsException(c.file() + ": 'steps_offset' must be from 0 to "
                    + (schedule.trainTimesteps() - 1) + ", found " + offset);
        }
        return (int) offset;
    }
}
