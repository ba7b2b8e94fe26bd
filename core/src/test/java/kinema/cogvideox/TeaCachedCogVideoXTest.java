package kinema.cogvideox;

import java.util.HashMap;
import java.util.Map;
import kinema.GenerationRequest;

/** The same by TeaCache's rule, under the guard. */
class TeaCachedCogVideoXTest extends MagCachedCogVideoXTest {
    @Override
    protected GenerationRequest.Builder request() {
        return super.request().set("cache", "tea:9").set("min-psnr", 12);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        Map<GenerationRequest, String> all = new HashMap<>(super.refused());
        all.put(request().set("cache", "tea:0.2:3").build(), "cache must be extrapolate[:N]");
        return all;
    }
}
