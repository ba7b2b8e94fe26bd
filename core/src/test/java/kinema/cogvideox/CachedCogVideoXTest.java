package kinema.cogvideox;

import java.util.Map;
import kinema.GenerationRequest;

/** CogVideoX with steps that are estimated: what a run keeps of its velocities goes on, is planned and is freed as all else. */
class CachedCogVideoXTest extends CogVideoXTest {
    @Override
    protected GenerationRequest.Builder request() {
        return super.request().steps(9).set("cache", "extrapolate");
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().set("cache", "extrapolate:1").build(),
                        "cache must be extrapolate[:N], N from 2 to 99, mag[:THRESHOLD] or tea[:THRESHOLD], THRESHOLD from 0",
                request().set("cache", "taylor").build(), "cache must be extrapolate[:N], N from 2 to 99",
                request().set("min-psnr", 5).build(), "min-psnr must be between 10 and 90, found 5",
                request().set("min-psnr", 30).unset("cache").build(),
                        "min-psnr bounds what cache may cost, and cache is not set");
    }
}
