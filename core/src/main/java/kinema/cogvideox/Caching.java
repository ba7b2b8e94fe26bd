package kinema.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import kinema.cogvideox.files.CalibrationFile;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.diffusion.CalibrationMeter;
import kinema.diffusion.Estimator;
import kinema.diffusion.Extrapolation;
import kinema.diffusion.Polynomial;
import kinema.diffusion.Predictor;
import kinema.diffusion.ResidualReuse;
import kinema.diffusion.ReuseRule;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.StepCache;
import kinema.diffusion.Timesteps;
import kinema.system.Settings;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;

/**
 * How a checkpoint's steps are estimated. What {@code mag} goes by was measured with the checkpoint, {@link CalibrationFile}; what
 * {@code tea} goes by too, unless its authors published it for networks of this shape.
 *
 * @param folder the checkpoint's
 * @param config the transformer's
 */
record Caching(Path folder, TransformerConfig config) {
    private static final int DIGEST = 12; // digits of a digest that messages show

    /** TeaCache's own, from the repository of its authors. */
    static final Map<String, Polynomial> PUBLISHED = Map.of(
            "CogVideoX-2b",
            new Polynomial(List.of(-31.0658903, 25.4732368, -5.92380459, 1.75769064, -0.00361568434)),
            "CogVideoX-5b",
            new Polynomial(List.of(-1538.80483, 843.202495, -134.363087, 7.97131516, -0.0523162339)),
            "CogVideoX-5b-I2V",
            new Polynomial(List.of(-1538.80483, 843.202495, -134.363087, 7.97131516, -0.0523162339)),
            "CogVideoX1.5-5B",
            new Polynomial(List.of(250.210439, -165.061612, 35.7804877, -0.781551492, 0.0358559703)),
            "CogVideoX1.5-5B-I2V",
            new Polynomial(List.of(122.842302, -104.088754, 26.2981677, -0.306009921, 0.037121322)));

    /** Which calibration a request goes by; empty where it needs none, or there is none. */
    Optional<String> calibration(Settings s) {
        return needsCalibration(s)
                ? CalibrationFile.find(folder, s.get(CogVideoXSettings.SCHEDULER))
                        .map(CalibrationFile::digest)
                : Optional.empty();
    }

    /**
     * Refuses what needs a calibration that is not there.
     *
     * @throws IllegalArgumentException with the command that makes one
     */
    void check(Settings s) {
        Optional<String> asked = s.find(CogVideoXSettings.CALIBRATION);
        if (!needsCalibration(s)) {
            if (asked.isPresent()) {
                throw new IllegalArgumentException("calibration says what cache goes by, and "
                        + s.find(CogVideoXSettings.CACHE)
                                .map(way -> "this cache goes by none")
                                .orElse("cache is not set")
                        + "; leave calibration out");
            }
            return;
        }
        CalibrationFile found = calibrated(s);
        if (!asked.equals(Optional.of(found.digest()))) {
            throw new IllegalArgumentException("calibration must be " + found.digest() + ", which is that of "
                    + CalibrationFile.in(folder, s.get(CogVideoXSettings.SCHEDULER)) + ", found " + asked.orElse("none")
                    + "; it was measured anew since: put the old file back, or make the video anew without it");
        }
    }

    /**
     * Makes sure that the calibration a request goes by is that of this very transformer, whatever LoRAs are added to it.
     *
     * @throws WeightsException when it is another's
     */
    void checkTransformer(Settings s) {
        if (!needsCalibration(s)) {
            return;
        }
        String measured = calibrated(s).transformer();
        String found = ModelFiles.of(folder).transformerDigest();
        if (!found.equals(measured)) {
            SchedulerType sampler = s.get(CogVideoXSettings.SCHEDULER);
            throw new WeightsException(
                    CalibrationFile.in(folder, sampler) + ": was measured with another transformer (digest "
                            + measured.substring(0, DIGEST) + ", the model's is " + found.substring(0, DIGEST) + "); '"
                            + command(sampler) + "' makes it anew");
        }
    }

    /** How a run's steps are taken. */
    Predictor predictor(Settings s, Timesteps timesteps, ExpertTransformer network) {
        Optional<CacheWay> way = s.find(CogVideoXSettings.CACHE);
        OptionalDouble floor =
                s.find(CogVideoXSettings.MIN_PSNR).map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
        return way.<Predictor>map(some -> new StepCache(timesteps, estimator(some, s, timesteps, network), floor))
                .orElse(Predictor.PLAIN);
    }

    private Estimator estimator(CacheWay way, Settings s, Timesteps timesteps, ExpertTransformer network) {
        return switch (way.kind()) {
            case EXTRAPOLATE -> new Extrapolation(timesteps, (int) way.number());
            case MAG -> new ResidualReuse(timesteps, ReuseRule.mag(calibrated(s).ratiosAt(timesteps), way.number()));
            case TEA -> {
                Polynomial polynomial =
                        published().orElseGet(() -> calibrated(s).polynomial());
                List<Double> changes = new ArrayList<>();
                embeddingChanges(timesteps, network).forEach(change -> changes.add(polynomial.at(change)));
                changes.add(0, 0.0); // the first step has none before it
                ReuseRule tea = ReuseRule.tea(changes, way.number());
                boolean guarded = s.find(CogVideoXSettings.MIN_PSNR).isPresent();
                yield new ResidualReuse(timesteps, guarded ? tea.bounded(timesteps.count()) : tea);
            }
        };
    }

    /** By how much the time embedding of each step but the first differs from that of the step before. */
    static List<Double> embeddingChanges(Timesteps timesteps, ExpertTransformer network) {
        return Scopes.run(() -> {
            long[] visited = IntStream.range(0, timesteps.count())
                    .mapToLong(timesteps::at)
                    .toArray();
            Tensor all = network.timeEmbedding(Tensors.of(visited, visited.length)); // (steps, E)
            return IntStream.range(1, visited.length)
                    .mapToObj(i -> CalibrationMeter.change(all.narrow(0, i, 1), all.narrow(0, i - 1, 1)))
                    .toList();
        });
    }

    private boolean needsCalibration(Settings s) {
        return s.find(CogVideoXSettings.CACHE)
                .filter(way -> switch (way.kind()) {
                    case EXTRAPOLATE -> false;
                    case MAG -> true;
                    case TEA -> published().isEmpty();
                })
                .isPresent();
    }

    private Optional<Polynomial> published() {
        return CogVideoXDescription.published(config).map(PUBLISHED::get);
    }

    private CalibrationFile calibrated(Settings s) {
        SchedulerType sampler = s.get(CogVideoXSettings.SCHEDULER);
        return CalibrationFile.find(folder, sampler)
                .orElseThrow(() -> new IllegalArgumentException(
                        "this cache goes by how the model's steps differ, which " + CalibrationFile.in(folder, sampler)
                                + " would say, and there is none; '" + command(sampler) + "' makes it"));
    }

    private String command(SchedulerType sampler) {
        return "kinema calibrate " + folder + " --scheduler " + sampler;
    }
}
