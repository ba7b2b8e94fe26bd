package kinema.diffusion;

/**
 * Settings of a noise schedule.
 *
 * @param trainTimesteps number of timesteps in training
 * @param betaStart β of the first timestep
 * @param betaEnd β of the last
 * @param snrShift what the signal-to-noise ratio is divided by; 1 leaves it
 * @param zeroTerminalSnr whether the last timestep is pure noise
 */
public record ScheduleConfig(
        int trainTimesteps, double betaStart, double betaEnd, double snrShift, boolean zeroTerminalSnr) {
    /** Checks that the settings make a schedule. */
    public ScheduleConfig {
        if (trainTimesteps < 2) {
            throw new IllegalArgumentException("num_train_timesteps must be at least 2, found " + trainTimesteps);
        }
        if (!(betaStart > 0 && betaStart <= betaEnd && betaEnd < 1)) {
            throw new IllegalArgumentException("beta_start and beta_end must be rising and between 0 and 1, found "
                    + betaStart + " and " + betaEnd);
        }
        if (!(snrShift > 0)) {
            throw new IllegalArgumentException("snr_shift_scale must be above 0, found " + snrShift);
        }
    }
}
