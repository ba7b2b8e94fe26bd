package kinema.cogvideox.vae;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * What a causal convolution sees of a chunk at a time: a slab and the frames before it, in memory that every slab of the
 * chunk uses again. Fresh memory for each would cost a third of the convolution's time in page faults.
 */
final class ConvWindow {
    private final CausalConv3d conv;
    private final Slabs x;
    private final VaeRun run;
    private final Tensor frames; // (B, in, BEFORE + longest slab, H, W)

    /** A window of {@code conv} over slabs of the shapes of {@code x}; it lives in the caller's scope. */
    ConvWindow(CausalConv3d conv, Slabs x, VaeRun run) {
        this.conv = conv;
        this.x = x;
        this.run = run;
        frames = Scopes.keep(() -> {
            Tensor last = x.get(x.count() - 1);
            long[] shape = last.shape();
            shape[2] += CausalConv3d.BEFORE; // the first slab is never longer than the last
            return torch.empty(shape, last.options(), new MemoryFormatOptional(MemoryFormat.ChannelsLast3d));
        });
    }

    /** The place of slab {@code i}, to be written before it is convolved: a view, (B, in, t, H, W). */
    Tensor place(int i) {
        return frames.narrow(2, CausalConv3d.BEFORE, x.length(i));
    }

    /** Convolves slab {@code i}, (B, out, t, H, W), and moves on to the next. */
    Tensor convolve(int i) {
        return Scopes.keep(() -> {
            if (i == 0) {
                begin();
            }
            Tensor seen = frames.narrow(2, 0, CausalConv3d.BEFORE + x.length(i));
            Tensor out = conv.convolve(seen);
            if (i < x.count() - 1) {
                for (long t = 0; t < CausalConv3d.BEFORE; t++) { // one by one, since the two places may overlap
                    frames.narrow(2, t, 1).copy_(frames.narrow(2, x.length(i) + t, 1));
                }
            } else {
                run.endChunk(conv, frames.narrow(2, x.length(i), CausalConv3d.BEFORE));
                frames.close();
            }
            return out;
        });
    }

    private void begin() {
        Tensor before = run.before(conv);
        frames.narrow(2, 0, CausalConv3d.BEFORE)
                .copy_(before == null ? frames.narrow(2, CausalConv3d.BEFORE, 1) : before);
    }
}
