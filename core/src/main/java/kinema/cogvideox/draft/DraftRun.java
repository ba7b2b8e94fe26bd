package kinema.cogvideox.draft;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The state of one run of a decoder over successive chunks of frames: for each block the last frame it has seen. Belongs to one
 * run and one thread; close it after the last chunk.
 *
 * <p>Axes: B videos, T frames of a chunk, C channels, H W rows, columns.
 */
final class DraftRun implements AutoCloseable {
    private final IdentityHashMap<MemoryBlock, Tensor> last = new IdentityHashMap<>(); // (1, C, H, W)
    private final int videos;
    private final boolean inChunks;

    private DraftRun(int videos, boolean inChunks) {
        this.videos = videos;
        this.inChunks = inChunks;
    }

    /** A run over all frames of so many videos at once; works under autograd. */
    static DraftRun whole(int videos) {
        return new DraftRun(videos, false);
    }

    /** A run over one video, chunk by chunk. */
    static DraftRun inChunks() {
        return new DraftRun(1, true);
    }

    /**
     * The frames before those of a chunk, each by one; zeros before the first.
     *
     * @param x what {@code block} sees next, (B·T, C, H, W)
     * @return (B·T, C, H, W)
     */
    Tensor before(MemoryBlock block, Tensor x) {
        Tensor seen = last.get(block);
        Tensor before = Scopes.keep(() -> {
            Tensor first = seen == null ? torch.zeros_like(x.narrow(0, 0, 1)) : seen; // (1, C, H, W)
            long frames = x.size(0) / videos;
            List<Tensor> parts = new ArrayList<>();
            for (int video = 0; video < videos; video++) {
                parts.add(first);
                parts.add(x.narrow(0, video * frames, frames - 1));
            }
            return Tensors.cat(0, parts.toArray(Tensor[]::new)); // (B·T, C, H, W)
        });
        if (inChunks) {
            keep(block, x.narrow(0, x.size(0) - 1, 1));
        }
        return before;
    }

    /** Keeps a copy of the frame, (1, C, H, W); the one kept before is freed. */
    private void keep(MemoryBlock block, Tensor frame) {
        Tensor replaced = last.put(block, Scopes.own(frame.clone()));
        frame.close();
        if (replaced != null) {
            Scopes.free(replaced);
        }
    }

    @Override
    public void close() {
        last.values().forEach(Scopes::free);
        last.clear();
    }
}
