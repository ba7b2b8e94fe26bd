package kinema.show1;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.diffusion.NoiseSchedule;
import kinema.show1.Show1Files.Part;
import kinema.weights.ConfigFile;

/**
 * The published {@code scheduler_config.json} of each checkpoint, as new ones are written with it, and the noise that it tells of.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3</a>
 */
public final class SchedulerFiles {
    private static final int TIMESTEPS = 1000;
    private static final double KEY_FRAMES_MOST = 1.5; // of a dynamically thresholded number
    private static final double KEY_FRAMES_LEAST_LOG_SNR = -5.1;

    private SchedulerFiles() {}

    /** The sampler's file of a checkpoint. */
    public static Map<String, Object> sampler(Part part) {
        return switch (part) {
            case BASE, INTERPOLATION -> {
                Map<String, Object> file = thresholded(solver(cosine()), KEY_FRAMES_MOST);
                file.put("lambda_min_clipped", KEY_FRAMES_LEAST_LOG_SNR);
                yield file;
            }
            case UPSCALING -> thresholded(solver(cosine()), 1);
            case FIRST_FRAME -> {
                Map<String, Object> file = thresholded(cosine(), 1);
                file.put("_class_name", "DDPMScheduler");
                file.put("variance_type", "learned_range");
                file.put("timestep_spacing", "leading");
                file.put("clip_sample", true);
                yield file;
            }
            case EXPERT -> {
                Map<String, Object> file = solver(new LinkedHashMap<>());
                file.put("beta_schedule", "scaled_linear");
                file.put("beta_start", 0.00085);
                file.put("beta_end", 0.012);
                yield file;
            }
        };
    }

    /** The file of the noise that the small frames are given: {@code image_noising_scheduler}. */
    public static Map<String, Object> noising() {
        Map<String, Object> file = cosine();
        file.put("_class_name", "DDPMScheduler");
        file.put("variance_type", "fixed_small");
        return file;
    }

    /**
     * The noise that such a file tells of.
     *
     * @param file a sampler's, or of the noise of small frames
     */
    public static NoiseSchedule schedule(Map<String, Object> file) {
        return NoiseFile.schedule(ConfigFile.of(Path.of("scheduler_config.json"), file));
    }

    private static Map<String, Object> cosine() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("beta_schedule", "squaredcos_cap_v2");
        file.put("beta_start", 0.0001);
        file.put("beta_end", 0.02);
        file.put("num_train_timesteps", TIMESTEPS);
        file.put("prediction_type", "epsilon");
        return file;
    }

    private static Map<String, Object> solver(Map<String, Object> file) {
        file.put("_class_name", "DPMSolverMultistepScheduler");
        file.put("num_train_timesteps", TIMESTEPS);
        file.put("prediction_type", "epsilon");
        file.put("algorithm_type", "dpmsolver++");
        file.put("solver_order", 2);
        file.put("solver_type", "midpoint");
        file.put("lower_order_final", true);
        file.put("timestep_spacing", "linspace");
        file.put("variance_type", "fixed_small");
        return file;
    }

    private static Map<String, Object> thresholded(Map<String, Object> file, double most) {
        file.put("thresholding", true);
        file.put("dynamic_thresholding_ratio", 0.95);
        file.put("sample_max_value", most);
        return file;
    }
}
