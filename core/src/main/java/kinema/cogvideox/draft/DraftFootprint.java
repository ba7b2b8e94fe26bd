package kinema.cogvideox.draft;

import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.nn.Pixels;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What decoding takes beside the weights: the decoder's own code is run without contents, once for each size. Thread-safe.
 *
 * <p>Latent frames are decoded one by one and all alike but for the first, so three of them have the peak of any number.
 */
public final class DraftFootprint {
    private static final long FEW = 3; // latent frames

    /** Latents: F, h, w. */
    private record Size(long frames, long rows, long columns) {}

    private final DraftConfig config;
    private final Known<Size> decoding = new Known<>(this::measure);

    DraftFootprint(DraftConfig config) {
        this.config = config;
    }

    /** Bytes at the peak of decoding F latent frames of h rows and w columns, and of making pictures of them. */
    public long decode(long frames, long rows, long columns) {
        return decoding.bytes(new Size(Math.min(frames, FEW), rows, columns));
    }

    private long measure(Size size) {
        return Meter.dryRun(
                w -> new DraftDecoder(w, config),
                ScalarType.Float,
                decoder -> decoder.decode(
                        Tensors.meta(
                                ScalarType.Float,
                                1,
                                config.latentChannels(),
                                size.frames(),
                                size.rows(),
                                size.columns()),
                        chunk -> {
                            var unused = Pixels.fromNetwork(chunk);
                        }));
    }
}
