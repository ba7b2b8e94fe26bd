package kinema.cogvideox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kinema.cogvideox.files.CalibrationFile;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.diffusion.CalibrationMeter;
import kinema.diffusion.Polynomial;
import kinema.diffusion.Predictor;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Timesteps;
import kinema.system.Settings;
import org.jspecify.annotations.Nullable;

/** Measures how a checkpoint's steps differ, over runs that differ in prompt and seed alone. */
final class Calibrator {
    private record Measured(
            SchedulerType sampler, List<Integer> timesteps, List<Double> embeddingChanges, CalibrationMeter meter) {}

    private int runs;
    private @Nullable Measured measured;

    /**
     * How the next run's steps are taken.
     *
     * @throws IllegalArgumentException for too few steps, or others than those of the runs before
     */
    Predictor of(Settings s, Timesteps timesteps, ExpertTransformer network) {
        List<Integer> visited =
                IntStream.range(0, timesteps.count()).mapToObj(timesteps::at).toList();
        if (visited.size() <= Polynomial.POINTS) {
            throw new IllegalArgumentException("a calibration needs at least " + (Polynomial.POINTS + 1)
                    + " steps, found " + visited.size() + "; leave them to the model, or ask for more");
        }
        if (measured == null) {
            measured = new Measured(
                    s.get(CogVideoXSettings.SCHEDULER),
                    visited,
                    Caching.embeddingChanges(timesteps, network),
                    new CalibrationMeter(visited.size()));
        }
        if (!visited.equals(measured.timesteps())) {
            throw new IllegalArgumentException("all runs of a calibration must have the same timesteps, found "
                    + measured.timesteps() + " and " + visited);
        }
        runs++;
        return measured.meter();
    }

    /**
     * Writes what was measured beside the checkpoint.
     *
     * @return the file
     */
    Path write(Path folder) throws IOException {
        Measured all = measured;
        if (all == null) {
            throw new IllegalArgumentException("a calibration needs at least one prompt, found none");
        }
        List<Double> ratios = new ArrayList<>(all.meter().ratios());
        ratios.add(0, 1.0);
        return new CalibrationFile(
                        ModelFiles.of(folder).transformerDigest(),
                        all.sampler(),
                        runs,
                        all.timesteps(),
                        ratios,
                        Polynomial.fit(all.embeddingChanges(), all.meter().changes()))
                .write(folder);
    }
}
