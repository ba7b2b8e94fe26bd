package kinema.cogvideox;

import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Scheduler;
import kinema.diffusion.Timesteps;
import kinema.system.CommonSettings;
import kinema.system.ConditionType;
import kinema.system.Sampling;
import kinema.system.Settings;

/**
 * What takes the steps of requests.
 *
 * @param schedule the checkpoint's
 * @param offset added to evenly spaced timesteps
 */
record Samplers(NoiseSchedule schedule, int offset) {
    /** A checkpoint's. */
    static Samplers of(SchedulerFile file) {
        return new Samplers(new NoiseSchedule(file.schedule()), file.offset());
    }

    /** The sampler over all timesteps, or over the last of them where a video is changed and not made. */
    Scheduler of(Sampling s) {
        Settings settings = s.settings();
        Timesteps all = timesteps(settings);
        Timesteps taken = s.condition()
                .filter(c -> c.type() == ConditionType.VIDEO)
                .map(c -> all.last(c.strength()))
                .orElse(all);
        return Scheduler.of(settings.get(CogVideoXSettings.SCHEDULER), taken);
    }

    /** The timesteps of a whole run: those that a request names, else evenly spaced ones. */
    private Timesteps timesteps(Settings settings) {
        return settings.find(CogVideoXSettings.TIMESTEPS)
                .map(visited -> Timesteps.of(schedule, visited))
                .orElseGet(() -> new Timesteps(
                        schedule,
                        settings.get(CogVideoXSettings.SPACING),
                        offset,
                        settings.get(CommonSettings.STEPS),
                        settings.get(CogVideoXSettings.COMPAT)));
    }
}
