package kinema.show1;

import kinema.diffusion.DdpmScheduler;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.OdeDpmScheduler;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.Scheduler;
import kinema.diffusion.Spacing;
import kinema.diffusion.Thresholding;
import kinema.diffusion.Timesteps;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code scheduler_config.json} of Show-1 says: the noise schedule, and how it is sampled.
 *
 * @param schedule the noise schedule
 * @param ancestral whether it is DDPM's way, with a variance that the network predicts; else DPM-Solver++
 * @param bounds what clean pictures are kept within; null for none
 * @param leastLogSnr DPM-Solver++ starts from no timestep with less of the picture
 */
record NoiseFile(
        NoiseSchedule schedule, boolean ancestral, @Nullable Thresholding bounds, double leastLogSnr) {
    private static final String PUBLISHED = "no published Show-1";
    private static final int MAX_TIMESTEPS = 100_000;

    /**
     * Reads the file of a sampler.
     *
     * @throws WeightsException for a setting that no published Show-1 has
     */
    static NoiseFile read(ConfigFile c) {
        String name = c.text("_class_name", "");
        boolean ancestral = switch (name) {
            case "DDPMScheduler" -> true;
            case "DPMSolverMultistepScheduler" -> false;
            default ->
                throw new WeightsException(c.file() + ": unknown scheduler '" + name
                        + "'; known: DPMSolverMultistepScheduler, DDPMScheduler");
        };
        c.require("prediction_type", "epsilon", "epsilon", PUBLISHED);
        if (ancestral) {
            c.require("variance_type", "fixed_small", "learned_range", PUBLISHED);
            c.require("timestep_spacing", "leading", "leading", PUBLISHED);
            c.require("steps_offset", "0", "0", PUBLISHED);
        } else {
            c.require("algorithm_type", "dpmsolver++", "dpmsolver++", PUBLISHED);
            c.require("solver_order", "2", "2", PUBLISHED);
            c.require("solver_type", "midpoint", "midpoint", PUBLISHED);
            c.require("lower_order_final", "true", "true", PUBLISHED);
            c.require("use_karras_sigmas", "false", "false", PUBLISHED);
            c.require("timestep_spacing", "linspace", "linspace", PUBLISHED);
        }
        NoiseSchedule schedule = schedule(c);
        return c.make(() -> new NoiseFile(
                schedule,
                ancestral,
                c.flag("thresholding", false)
                        ? new Thresholding(
                                c.number("dynamic_thresholding_ratio", 0.995), c.number("sample_max_value", 1))
                        : null,
                c.leastOf("lambda_min_clipped")));
    }

    /**
     * Reads the schedule alone, of {@code scheduler/} or {@code image_noising_scheduler/}.
     *
     * @throws WeightsException for one that no published Show-1 has
     */
    static NoiseSchedule schedule(ConfigFile c) {
        int timesteps = c.count("num_train_timesteps", 1000, MAX_TIMESTEPS);
        String name = c.text("beta_schedule", "linear");
        return switch (name) {
            case "squaredcos_cap_v2" -> NoiseSchedule.cosine(timesteps);
            case "scaled_linear" ->
                c.make(() -> new NoiseSchedule(new ScheduleConfig(
                        timesteps, c.number("beta_start", 1e-4), c.number("beta_end", 0.02), 1, false)));
            default ->
                throw new WeightsException(
                        c.file() + ": unknown beta_schedule '" + name + "'; known: squaredcos_cap_v2, scaled_linear");
        };
    }

    /**
     * The sampler of a run.
     *
     * @param steps of a whole run
     * @param strength the part of them that is taken, the last ones
     */
    Scheduler sampler(int steps, double strength) {
        if (ancestral) {
            return new DdpmScheduler(new Timesteps(schedule, Spacing.LEADING, 0, steps, false), bounds);
        }
        Timesteps all = Timesteps.toFirst(schedule, steps, leastLogSnr);
        return new OdeDpmScheduler(strength < 1 ? all.last(strength) : all, schedule, bounds);
    }
}
