package kinema.cogvideo.upscale;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.ClusterSampler.Noise;
import kinema.cogvideo.network.ClusterSampler.Settings;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes large pictures of small ones, each in one pass. Close it; not thread-safe.
 *
 * <p>Axes: n tokens of the small picture, N of the large one, V image tokens. The authors draw tokens for text and small
 * picture too and throw them away; here the same random numbers are drawn, so that the large picture's are the same.
 */
public final class DirectUpscaling implements AutoCloseable {
    private static final int CLUSTERS = 6;
    private static final double INNER = 0.6;

    /**
     * As CogVideo's authors have them at a temperature of 1: the 6 likeliest clusters, or all of a codebook that has fewer, and their tokens
     * at 0.6.
     */
    public static Settings settings(double temperature, long clusters) {
        return new Settings(temperature, Math.toIntExact(Math.min(CLUSTERS, clusters)), INNER);
    }

    private static final long ROWS = 256; // whose scores are in memory together

    private final Upscaler upscaler;
    private final ClusterSampler sampler;
    private final Settings settings;
    private final LocalAttention local;

    /** Super-resolution by a network that must stay in memory until this is closed. */
    public DirectUpscaling(Upscaler upscaler, ClusterSampler sampler, Settings settings) {
        this.upscaler = upscaler;
        this.sampler = sampler;
        this.settings = settings;
        local = new LocalAttention(upscaler.config());
    }

    /**
     * Makes one large picture.
     *
     * @param text ids of the prompt
     * @param small (n) ids of the small picture
     * @param placeholder the token that starts an image
     * @return (N) int64
     */
    public Tensor make(long[] text, Tensor small, long placeholder, Rng rng) {
        return make(text, small, placeholder, (rows, tokens) -> Noise.together(rows, settings.top(), tokens, rng));
    }

    /** Makes one large picture without contents, to see what that takes. */
    public Tensor dryRun(long text) {
        UpscalerConfig config = upscaler.config();
        return Scopes.keep(() -> make(
                new long[Math.toIntExact(text)],
                Tensors.zeros(ScalarType.Long, config.low()),
                0,
                (rows, tokens) -> Noise.meta(rows, settings.top(), tokens)));
    }

    @FunctionalInterface
    private interface Draws {
        Noise of(long rows, long imageTokens);
    }

    private Tensor make(long[] text, Tensor small, long placeholder, Draws draws) {
        return Scopes.keep(() -> {
            UpscalerConfig config = upscaler.config();
            Tensor ids = Tensors.of(text, 1, text.length); // (1, L)
            Tensor states = upscaler.forward(ids, torch.ones_like(ids), small.unsqueeze(0), placeholder, local)
                    .squeeze(0); // (N, D)
            long unused = config.textTokens() + config.low();
            Noise noise = draws.of(unused + config.high(), config.base().imageTokens());
            List<Tensor> parts = new ArrayList<>();
            for (long row = 0; row < config.high(); row += ROWS) {
                long first = row;
                long count = Math.min(ROWS, config.high() - row);
                parts.add(Scopes.keep(() -> sampler.draw(
                        upscaler.logits(states.narrow(0, first, count)), // (rows, V)
                        settings,
                        noise.rows(unused + first, count))));
            }
            return Tensors.cat(0, parts.toArray(Tensor[]::new)); // (N)
        });
    }

    @Override
    public void close() {
        local.close();
    }
}
