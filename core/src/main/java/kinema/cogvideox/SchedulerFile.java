package kinema.cogvideox;

import java.nio.file.Path;
import kinema.diffusion.ScheduleConfig;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/** Reads {@code scheduler/scheduler_config.json}; absent keys take the defaults of the published scheduler classes. */
final class SchedulerFile {
    private static final int TRAIN_TIMESTEPS = 1000;
    private static final double SNR_SHIFT = 3;

    private SchedulerFile() {}

    /**
     * The noise schedule.
     *
     * @throws WeightsException for a missing or damaged file, or a setting no published CogVideoX has
     */
    static ScheduleConfig read(Path file) {
        ConfigFile c = ConfigFile.read(file);
        require(c, "prediction_type", "epsilon", "v_prediction");
        require(c, "timestep_spacing", "leading", "trailing");
        require(c, "beta_schedule", "scaled_linear", "scaled_linear");
        if (!c.flag("set_alpha_to_one", true) || c.node("trained_betas").isArray()) {
            throw new WeightsException(c.file() + ": needs set_alpha_to_one and no trained_betas, as all published"
                    + " CogVideoX models have it");
        }
        return new ScheduleConfig(
                Math.toIntExact(c.integer("num_train_timesteps", TRAIN_TIMESTEPS)),
                c.number("beta_start", 0.00085),
                c.number("beta_end", 0.012),
                c.number("snr_shift_scale", SNR_SHIFT),
                c.flag("rescale_betas_zero_snr", false));
    }

    private static void require(ConfigFile c, String key, String absent, String needed) {
        String found = c.text(key, absent);
        if (!found.equals(needed)) {
            throw new WeightsException(c.file() + ": '" + key + "' must be " + needed + ", found " + found
                    + "; no published CogVideoX has another");
        }
    }
}
