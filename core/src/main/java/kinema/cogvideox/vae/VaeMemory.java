package kinema.cogvideox.vae;

import java.util.List;
import java.util.function.BiFunction;
import kinema.cogvideox.vae.Vae.Chunk;

/**
 * What the VAE takes beside its weights, counted from the tensors that its layers have in memory together: the largest
 * layer of a chunk, the slab in work, and the frames that every convolution keeps of the chunk before.
 */
public final class VaeMemory {
    /** Copies of a chunk of pictures on their way to bytes. */
    private static final long PICTURES = 6;

    private final VaeConfig config;
    private final long element;

    /** For numbers of {@code element} bytes. */
    public VaeMemory(VaeConfig config, long element) {
        this.config = config;
        this.element = element;
    }

    /** Bytes at the peak of decoding latents of so many frames, rows and columns in one piece. */
    public long decode(long frames, long rows, long columns) {
        long pixels = rows * columns * config.spatialCompression() * config.spatialCompression();
        return peak(Vae.chunks(frames, Vae.DECODE_CHUNK), (chunk, kept) -> {
            Walk walk = decoding(chunk, rows * columns, kept);
            walk.peak = Math.max(
                    walk.peak, walk.kept + PICTURES * Float.BYTES * config.outChannels() * walk.frames * pixels);
            return walk;
        });
    }

    /** Bytes at the peak of encoding a video of so many frames, rows and columns in one piece. */
    public long encode(long frames, long rows, long columns) {
        long points = rows * columns * config.spatialCompression() * config.spatialCompression();
        return peak(Vae.chunks(frames, Vae.ENCODE_CHUNK), (chunk, kept) -> encoding(chunk, points, kept));
    }

    /** The largest of a run's chunks, of which all but the first and the last are alike. */
    private static long peak(List<Chunk> chunks, BiFunction<Step, Long, Walk> walk) {
        int count = chunks.size();
        Walk start = walk.apply(new Step(chunks.get(0).length(), true, count == 1), 0L);
        long peak = start.peak;
        if (count > 2) {
            peak = Math.max(peak, walk.apply(new Step(chunks.get(1).length(), false, false), start.kept).peak);
        }
        if (count > 1) {
            peak = Math.max(peak, walk.apply(new Step(chunks.get(count - 1).length(), false, true), start.kept).peak);
        }
        return peak;
    }

    /** A chunk: its frames, and whether others come before and after it. */
    private record Step(long frames, boolean first, boolean last) {}

    private Walk decoding(Step chunk, long points, long kept) {
        List<Long> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        Walk walk = new Walk(chunk, points, kept, VaeRun.decoding(Vae.SLAB_BYTES));
        walk.latents = chunk.frames;
        long in = channels.get(last);
        walk.slabs(in);
        walk.resnet(in, in);
        walk.resnet(in, in);
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
        walk.convolved(in, in * walk.frames);
        return walk;
    }

    private Walk encoding(Step chunk, long points, long kept) {
        List<Long> channels = config.blockOutChannels();
        Walk walk = new Walk(chunk, points, kept, VaeRun.encoding(Vae.SLAB_BYTES));
        long in = channels.get(0);
        walk.slabs(in);
        for (int i = 0; i < channels.size(); i++) {
            for (int j = 0; j < config.layersPerBlock(); j++) {
                walk.resnet(j == 0 ? in : channels.get(i), channels.get(i));
            }
            in = channels.get(i);
            if (i < channels.size() - 1) {
                walk.halved(in, i < config.timeLevels());
            }
        }
        walk.resnet(in, in);
        walk.resnet(in, in);
        walk.convolved(in, in * walk.frames);
        return walk;
    }

    /** Goes through the layers of a chunk, from the largest of which the peak follows. */
    private final class Walk {
        private final Step chunk;
        private final VaeRun run;
        private long frames;
        private long points; // rows times columns
        private long stretch = 1; // columns to a column of the latents
        private long latents; // frames of them that steer norms
        private long slab;
        private long kept;
        private long peak;

        private Walk(Step chunk, long points, long kept, VaeRun run) {
            this.chunk = chunk;
            this.points = points;
            this.kept = kept;
            this.run = run;
            frames = chunk.frames;
        }

        /** From here on slabs are of so many channels. */
        private void slabs(long channels) {
            slab = Math.min(frames, run.slabLength(channels * points * element));
        }

        /** Two norms and convolutions; the input, or what its shortcut makes of it meanwhile, is there until the end. */
        private void resnet(long in, long out) {
            long both = in == out ? 2 * in * frames : Math.max(in * frames, 2 * out * frames);
            convolved(in, both + 2 * out * slab);
            convolved(out, 2 * out * frames + out * slab + maps(in));
        }

        /** A norm and a convolution of {@code in} channels, beside other numbers per point. */
        private void convolved(long in, long beside) {
            long tail = CausalConv3d.BEFORE * in;
            peak(beside + maps(in) + in * slab + tail + (chunk.last ? 0 : tail));
            if (chunk.first && !chunk.last) {
                kept += tail * points * element;
            } else if (chunk.last && !chunk.first) {
                kept -= tail * points * element;
            }
        }

        /** A norm's scales and shifts, stretched along the columns alone. */
        private long maps(long channels) {
            return 2 * channels * latents / stretch;
        }

        private void doubled(long channels, boolean time) {
            long before = channels * frames;
            peak(2 * before);
            frames = !time || frames == 1 ? frames : frames % 2 == 0 ? 2 * frames : 2 * frames - 1;
            points *= 4;
            stretch *= 2;
            slabs(channels);
            peak(before / 4 + channels * (frames + slab));
        }

        private void halved(long channels, boolean time) {
            long after = time ? (frames + 1) / 2 : frames;
            peak(channels * (frames + slab) + channels * after / 2);
            frames = after;
            points /= 4;
            slabs(channels);
        }

        /** Takes note of numbers per point that are there together. */
        private void peak(long numbers) {
            peak = Math.max(peak, numbers * points * element + kept);
        }
    }
}
