package kinema.cogvideox;

import java.util.IdentityHashMap;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The state of one run of the encoder or decoder over successive chunks of frames: for each causal convolution the last
 * frames it has seen. Belongs to one run and one thread; close it after the last chunk.
 */
final class ConvCache implements AutoCloseable {
    private final IdentityHashMap<CausalConv3d, Tensor> last = new IdentityHashMap<>();

    /** What {@code conv} left from the chunk before, or null at the first chunk. */
    @Nullable
    Tensor get(CausalConv3d conv) {
        return last.get(conv);
    }

    /** Keeps {@code frames} for the next chunk and frees those kept before. */
    void put(CausalConv3d conv, Tensor frames) {
        Tensor before = last.put(conv, Scopes.own(frames));
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
