package kinema.cogvideox.vae;

import java.util.IdentityHashMap;
import java.util.function.BiConsumer;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The state of one run of the encoder or decoder over successive chunks of frames: for each causal convolution the last
 * frames it has seen. Belongs to one run and one thread; close it after the last chunk.
 */
final class VaeRun implements AutoCloseable {
    private final IdentityHashMap<CausalConv3d, Tensor> last = new IdentityHashMap<>();
    private final long slabBytes;
    private final long shortest;
    private final boolean differentiable;
    private final BiConsumer<String, Slabs> watcher;
    private boolean lastChunk;

    private VaeRun(long slabBytes, long shortest, boolean differentiable, BiConsumer<String, Slabs> watcher) {
        this.slabBytes = slabBytes;
        this.shortest = shortest;
        this.differentiable = differentiable;
        this.watcher = watcher;
    }

    /** A run of the decoder that works on about so many bytes of frames at a time. */
    static VaeRun decoding(long slabBytes) {
        return watched(slabBytes, (layer, made) -> {});
    }

    /** The same, which shows each layer's name, within the decoder, and what it made. */
    static VaeRun watched(long slabBytes, BiConsumer<String, Slabs> watcher) {
        return new VaeRun(slabBytes, 1, false, watcher);
    }

    /** A run of the encoder: as of the decoder, but pairs of frames stay together. */
    static VaeRun encoding(long slabBytes) {
        return new VaeRun(slabBytes, 2, false, (layer, made) -> {});
    }

    /** A run that derivatives are taken of: chunks stay in one piece, and nothing is written over. */
    static VaeRun training() {
        return new VaeRun(Long.MAX_VALUE, 2, true, (layer, made) -> {});
    }

    /** Whether derivatives are taken. */
    boolean differentiable() {
        return differentiable;
    }

    /** Frames to a slab where each has so many bytes: an even number, or one. */
    long slabLength(long bytes) {
        long fit = slabBytes / bytes;
        return Math.max(shortest, fit - fit % 2);
    }

    /** Views of (B, C, T, H, W). */
    Slabs cut(Tensor x) {
        return Slabs.cut(x, slabLength(x.nbytes() / x.size(2)));
    }

    /** A layer made its chunk. */
    void made(String layer, Slabs chunk) {
        watcher.accept(layer, chunk);
    }

    /** From now on nothing needs to be kept beyond a convolution's last slab. */
    void startLastChunk() {
        lastChunk = true;
    }

    /** What {@code conv} left from the slab before, or null at the first. */
    @Nullable
    Tensor before(CausalConv3d conv) {
        return last.get(conv);
    }

    /** Keeps a copy of {@code frames} for the next slab; those kept before are freed. */
    void keep(CausalConv3d conv, Tensor frames) {
        replace(conv, Scopes.own(frames.clone()));
    }

    /** Keeps a copy of {@code frames}, the last of a chunk, for the next chunk if there is one. */
    void endChunk(CausalConv3d conv, Tensor frames) {
        if (lastChunk) {
            replace(conv, null);
        } else {
            keep(conv, frames);
        }
    }

    private void replace(CausalConv3d conv, @Nullable Tensor frames) {
        Tensor before = frames == null ? last.remove(conv) : last.put(conv, frames);
        if (before != null) {
            Scopes.free(before);
        }
    }

    @Override
    public void close() {
        last.values().forEach(Scopes::free);
        last.clear();
    }
}
