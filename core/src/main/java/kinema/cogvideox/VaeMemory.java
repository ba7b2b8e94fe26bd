package kinema.cogvideox;

import java.util.List;
import kinema.cogvideox.Vae.Chunk;

/**
 * What the VAE takes beside its weights, counted from the tensors that its layers have in memory together: the largest layer
 * of a chunk, and the frames that every convolution keeps of the chunk before.
 */
final class VaeMemory {
    /** Copies of a chunk of pictures on their way to bytes. */
    private static final long PICTURES = 6;

    private final VaeConfig config;
    private final long element;

    /** For numbers of {@code element} bytes. */
    VaeMemory(VaeConfig config, long element) {
        this.config = config;
        this.element = element;
    }

    /** Bytes at the peak of decoding latents of so many frames, rows and columns in one piece. */
    long decode(long frames, long rows, long columns) {
        Chunk first = Vae.chunks(frames, Vae.DECODE_CHUNK).get(0);
        Walk start = decoding(first.length(), rows, columns, 0);
        long peak = start.peak;
        if (first.length() < frames) {
            peak = Math.max(peak, decoding(Vae.DECODE_CHUNK, rows, columns, start.kept).peak);
        }
        long pixels = rows * columns * config.spatialCompression() * config.spatialCompression();
        long most = Math.max(1, config.temporalCompression() * first.length());
        return peak + PICTURES * Float.BYTES * config.outChannels() * most * pixels;
    }

    /** Bytes at the peak of encoding a video of so many frames, rows and columns in one piece. */
    long encode(long frames, long rows, long columns) {
        Chunk first = Vae.chunks(frames, Vae.ENCODE_CHUNK).get(0);
        Walk start = encoding(first.length(), rows, columns, 0);
        return first.length() == frames
                ? start.peak
                : Math.max(start.peak, encoding(Vae.ENCODE_CHUNK, rows, columns, start.kept).peak);
    }

    private Walk decoding(long latents, long rows, long columns, long kept) {
        List<Long> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        Walk walk = new Walk(latents, rows * columns, kept);
        walk.conv(config.latentChannels(), channels.get(last));
        long in = channels.get(last);
        walk.middle(in);
        for (int i = 0; i <= last; i++) {
            long out = channels.get(last - i);
            walk.resnet(in, out);
            for (int j = 0; j < config.layersPerBlock(); j++) {
                walk.resnet(out, out);
            }
            if (i < last) {
                walk.doubled(out, i < config.timeLevels());
            }
            in = out;
        }
        walk.conv(in, config.outChannels());
        return walk;
    }

    private Walk encoding(long frames, long rows, long columns, long kept) {
        List<Long> channels = config.blockOutChannels();
        Walk walk = new Walk(frames, rows * columns, kept);
        walk.conv(config.inChannels(), channels.get(0));
        long in = channels.get(0);
        for (int i = 0; i < channels.size(); i++) {
            for (int j = 0; j < config.layersPerBlock(); j++) {
                walk.resnet(j == 0 ? in : channels.get(i), channels.get(i));
            }
            in = channels.get(i);
            if (i < channels.size() - 1) {
                walk.halved(in, i < config.timeLevels());
            }
        }
        walk.middle(in);
        walk.conv(in, 2 * config.latentChannels());
        return walk;
    }

    /** Goes through the layers of a chunk, from the largest of which the peak follows. */
    private final class Walk {
        private long frames;
        private long points; // rows times columns
        private final boolean start;
        private long kept;
        private long peak;

        private Walk(long frames, long points, long kept) {
            this.frames = frames;
            this.points = points;
            this.kept = kept;
            start = kept == 0;
        }

        /** Two norms and convolutions; the input is there for the shortcut until the end. */
        private void resnet(long in, long out) {
            half(in * frames, in, out);
            half((in + out) * frames, out, out);
            peak((in + 2 * out) * frames);
        }

        /** A norm and a convolution beside other numbers. */
        private void half(long beside, long in, long out) {
            peak(beside + in * frames + in * (frames + CausalConv3d.BEFORE));
            peak(beside + in * (frames + CausalConv3d.BEFORE) + out * frames);
            kept += start ? CausalConv3d.BEFORE * in * points * element : 0;
        }

        private void middle(long channels) {
            resnet(channels, channels);
            resnet(channels, channels);
        }

        /** The first convolution, or the norm and convolution at the end. */
        private void conv(long in, long out) {
            half(in * frames, in, out);
        }

        private void doubled(long channels, boolean time) {
            long before = channels * frames * points;
            frames = !time || frames == 1 ? frames : frames % 2 == 0 ? 2 * frames : 2 * frames - 1;
            points *= 4;
            peak(before / points + (time ? 3 : 2) * channels * frames);
        }

        private void halved(long channels, boolean time) {
            peak(4 * channels * frames);
            frames = time ? (frames + 1) / 2 : frames;
            points /= 4;
        }

        /** Takes note of numbers per point that are there together. */
        private void peak(long numbers) {
            peak = Math.max(peak, numbers * points * element + kept);
        }
    }
}
