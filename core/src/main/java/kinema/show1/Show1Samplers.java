package kinema.show1;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Scheduler;
import kinema.show1.Show1Files.Part;
import kinema.system.Settings;
import org.jspecify.annotations.Nullable;

/** The samplers and the schedules of added noise of the checkpoints that are there. Immutable. */
final class Show1Samplers {
    private final Map<Part, NoiseFile> samplers = new EnumMap<>(Part.class);
    private final Map<Part, NoiseSchedule> noising = new EnumMap<>(Part.class);

    /**
     * Reads the configs.
     *
     * @throws kinema.weights.WeightsException for one that no published Show-1 has
     */
    Show1Samplers(Show1Files files) {
        for (Part part : Part.values()) {
            if (files.has(part)) {
                samplers.put(part, NoiseFile.read(files.config(part, "scheduler")));
            }
        }
        for (Part part : new Part[] {Part.FIRST_FRAME, Part.UPSCALING}) {
            if (files.has(part)) {
                noising.put(part, NoiseFile.schedule(files.config(part, "image_noising_scheduler")));
            }
        }
    }

    /** The sampler of a stage; of refining only the last steps are taken. */
    Scheduler of(Denoising d, Settings settings, double strength) {
        return file(d).sampler(d.steps(settings), d == Denoising.REFINE ? strength : 1);
    }

    /** The noise schedule of a stage. */
    NoiseSchedule schedule(Denoising d) {
        return file(d).schedule();
    }

    /** The schedule of the noise that small frames are given. */
    NoiseSchedule noising(Denoising d) {
        return known(noising.get(d.part()), d);
    }

    /**
     * Checks that a stage's settings name timesteps that its schedules have.
     *
     * @throws IllegalArgumentException naming the setting
     */
    void check(Denoising d, Settings settings) {
        int timesteps = schedule(d).timesteps();
        int steps = d.steps(settings);
        if (steps > timesteps) {
            throw new IllegalArgumentException(d.stage().name() + ".steps must be at most " + timesteps
                    + ", the timesteps of the checkpoint's scheduler, found " + steps);
        }
        OptionalInt level = d.noiseLevel(settings).stream().mapToInt(n -> n).findFirst();
        if (level.isPresent() && level.getAsInt() >= noising(d).timesteps()) {
            throw new IllegalArgumentException(d.stage().name() + ".noise-level must be less than "
                    + noising(d).timesteps() + ", the timesteps of the checkpoint's image_noising_scheduler, found "
                    + level.getAsInt());
        }
    }

    private NoiseFile file(Denoising d) {
        return known(samplers.get(d.part()), d);
    }

    private static <T> T known(@Nullable T found, Denoising d) {
        if (found == null) {
            throw new IllegalStateException("the " + d.part() + " checkpoint has none for stage "
                    + d.stage().name());
        }
        return found;
    }
}
