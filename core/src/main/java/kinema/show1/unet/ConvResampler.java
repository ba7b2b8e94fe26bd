package kinema.show1.unet;

import kinema.nn.Conv2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * In latents: halves rows and columns by a convolution, or repeats them and convolves. Where a size was odd it comes back
 * as it was.
 */
final class ConvResampler implements Resampler {
    private final Conv2d conv;

    private ConvResampler(Conv2d conv) {
        this.conv = conv;
    }

    /** To the next coarser level. */
    static ConvResampler down(Weights w, long channels) {
        return new ConvResampler(Conv2d.halving(w.at("conv"), channels));
    }

    /** To the next finer level. */
    static ConvResampler up(Weights w, long channels) {
        return new ConvResampler(new Conv2d(w.at("conv"), channels, channels, 3));
    }

    @Override
    public Tensor forward(Tensor x, Tensor time, @Nullable Tensor like) {
        return Scopes.keep(() -> {
            Tensor in = like == null
                    ? x
                    : torch.upsample_nearest2d(x, new long[] {like.size(-2), like.size(-1)}); // (F, C, H', W')
            return conv.forward(in); // (F, C, H', W')
        });
    }
}
