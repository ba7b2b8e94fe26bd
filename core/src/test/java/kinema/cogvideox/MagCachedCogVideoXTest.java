package kinema.cogvideox;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.diffusion.SchedulerType;
import kinema.system.OpenOptions;
import org.junit.jupiter.api.BeforeAll;

/** CogVideoX with steps that reuse the blocks' residual, by MagCache's rule: the residual goes on, is planned and is freed as all else. */
class MagCachedCogVideoXTest extends CogVideoXTest {
    @BeforeAll
    static void calibrate() throws IOException {
        try (VideoModel model = Kinema.open(new CogVideoX(), folder, OpenOptions.DEFAULT)) {
            GenerationRequest.Builder request = GenerationRequest.of("a boat")
                    .size(32, 16)
                    .frames(9)
                    .steps(9)
                    .seed(1);
            model.calibrate(List.of(request.scheduler(SchedulerType.DPM).build()), GenerationListener.NONE);
        }
    }

    @Override
    protected GenerationRequest.Builder request() {
        return super.request().steps(9).set("cache", "mag:9");
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().set("cache", "mag:-1").build(),
                        "cache must be extrapolate[:N], N from 2 to 99, mag[:THRESHOLD]",
                request().set("cache", "mag:").build(), "cache must be extrapolate[:N]",
                request().scheduler(SchedulerType.DDIM).build(),
                        "this cache goes by how the model's steps differ, which " + folder + "/calibration-ddim.json",
                request().set("calibration", "0123456789ab").build(), "calibration must be ",
                request()
                                .set("cache", "extrapolate")
                                .set("calibration", "0123456789ab")
                                .build(),
                        "calibration says what cache goes by, and this cache goes by none",
                request()
                                .unset("cache")
                                .unset("min-psnr")
                                .set("calibration", "0123456789ab")
                                .build(),
                        "calibration says what cache goes by, and cache is not set");
    }
}
