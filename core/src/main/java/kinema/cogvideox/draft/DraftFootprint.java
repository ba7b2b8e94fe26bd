package kinema.cogvideox.draft;

import kinema.memory.Known;
import kinema.memory.Meter;
import kinema.nn.Pixels;
import kinema.tensor.Tensors;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What decoding takes beside the weights: the decoder's own code is run without contents, once for each size. Thread-safe.
 *
 * <p>Chunks of latent frames are alike but for the first and the last, so three of them have the peak of any number.
 */
public final class DraftFootprint {
    private static final long FEW = 3; // chunks
    private static final long COLOURS = 3;
    private static final long UNIT = DraftConfig.UNIT;
    private static final long COPIES = 2; // of pictures: chunk by chunk, and as one

    /** Latents: F, h, w. */
    private record Size(long frames, long rows, long columns) {}

    private final DraftConfig config;
    private final Known<Size> decoding = new Known<>(this::measure);

    DraftFootprint(DraftConfig config) {
        this.config = config;
    }

    /** Bytes at the peak of decoding F latent frames of h rows and w columns, and of making pictures of them. */
    public long decode(long frames, long rows, long columns) {
        long chunk = config.chunk(rows, columns);
        long few = frames - chunk * Math.max(0, (frames + chunk - 1) / chunk - FEW);
        return decoding.bytes(new Size(few, rows, columns));
    }

    /** The same of all pictures together, with the weights: what a preview takes. */
    public long preview(long frames, long rows, long columns) {
        long weights = ShapeTree.of(w -> new DraftDecoder(w, config)).stream()
                .mapToLong(LeafSpec::count)
                .sum();
        long numbers = COLOURS * DraftDecoder.frames(frames) * UNIT * rows * UNIT * columns;
        return decode(frames, rows, columns) + Float.BYTES * (weights + COPIES * numbers) + numbers;
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
