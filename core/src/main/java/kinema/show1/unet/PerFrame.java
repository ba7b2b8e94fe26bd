package kinema.show1.unet;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** What a sample is told, for each of its frames: layers within frames take those of all samples one after the other. */
final class PerFrame {
    private PerFrame() {}

    /**
     * Repeats each sample's part for its frames.
     *
     * @param told (S, …), of S samples
     * @param frames S·F, of all samples
     * @return (S·F, …); of one sample a view of its part
     */
    static Tensor of(Tensor told, long frames) {
        long samples = told.size(0);
        long[] repeated = new long[told.shape().length + 1];
        Arrays.fill(repeated, -1);
        repeated[1] = frames / samples;
        return told.unsqueeze(1).expand(repeated).flatten(0, 1);
    }
}
