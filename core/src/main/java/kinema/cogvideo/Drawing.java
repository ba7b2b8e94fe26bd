package kinema.cogvideo;

import kinema.cogvideo.network.ClusterSampler;
import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/**
 * How the tokens of frames are drawn.
 *
 * @param sampler over the clusters of the codebook
 * @param first for tokens of the first frame
 * @param others for those of all other frames
 */
record Drawing(ClusterSampler sampler, ClusterSampler.Settings first, ClusterSampler.Settings others) {
    /** How CogView2 draws, and the first frame with it. */
    private static final int FIRST_CLUSTERS = 16;

    private static final double FIRST_INNER = 0.89;

    /** With the first frame's tokens drawn as the authors do, but for their temperature. */
    static Drawing of(ClusterSampler sampler, double firstTemperature, ClusterSampler.Settings others) {
        int top = Math.toIntExact(Math.min(FIRST_CLUSTERS, sampler.clusters()));
        return new Drawing(sampler, new ClusterSampler.Settings(firstTemperature, top, FIRST_INNER), others);
    }

    /** Tokens of the first frame: (B, V) logits to (B); its last one is drawn like those of other frames, as the authors do. */
    Tensor first(Tensor logits, boolean last, Rng rng) {
        return sampler.draw(logits, last ? others : first, rng);
    }

    /** Tokens of any other frame: (B, V) logits to (B). */
    Tensor other(Tensor logits, Rng rng) {
        return sampler.draw(logits, others, rng);
    }
}
