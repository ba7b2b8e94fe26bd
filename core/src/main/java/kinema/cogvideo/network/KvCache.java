package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * Keys and values of what sequences hold so far, in memory of their final size. Not thread-safe; close it.
 *
 * <p>The spatial channel keeps the text and the frame that is being made; the temporal one the text and all frames in the
 * order of generation. Axes: B sequences, A heads, L text tokens, N tokens of a frame, K width of a head.
 */
final class KvCache implements AutoCloseable {
    /** Keys and values of one layer in one channel, each (B, A, L + room, K). */
    record Store(Tensor key, Tensor value) {
        /** Writes the keys and values of (B, A, n, K) from a place on. */
        void write(long at, Heads heads) {
            Scopes.run(() -> {
                long count = heads.key().size(2);
                key.narrow(2, at, count).copy_(heads.key());
                value.narrow(2, at, count).copy_(heads.value());
            });
        }

        /** So many of the first sequences and tokens. */
        Store part(long row, long rows, long tokens) {
            return new Store(
                    key.narrow(0, row, rows).narrow(2, 0, tokens),
                    value.narrow(0, row, rows).narrow(2, 0, tokens));
        }
    }

    private final List<Store> spatial = new ArrayList<>();
    private final List<Store> temporal = new ArrayList<>();

    /**
     * An empty cache.
     *
     * @param frames that the temporal channel has to hold; 0 where there is no such channel
     */
    KvCache(Backbone backbone, TextPrefix text, int frames) {
        BackboneConfig c = backbone.config();
        long length = text.length();
        for (long i = 0; i < c.base().layers(); i++) {
            spatial.add(store(backbone, text.batch(), length + c.frameTokens()));
            if (frames > 0) {
                temporal.add(store(backbone, text.batch(), length + frames * c.frameTokens()));
            }
        }
    }

    private static Store store(Backbone backbone, long batch, long tokens) {
        BaseModel base = backbone.base();
        long[] shape = {batch, base.config().heads(), tokens, base.config().headDim()};
        return Scopes.run(() -> new Store(Scopes.own(base.zeros(shape)), Scopes.own(base.zeros(shape))));
    }

    Store spatial(int layer) {
        return spatial.get(layer);
    }

    Store temporal(int layer) {
        return temporal.get(layer);
    }

    @Override
    public void close() {
        for (List<Store> stores : List.of(spatial, temporal)) {
            stores.forEach(store -> {
                Scopes.free(store.key);
                Scopes.free(store.value);
            });
        }
    }
}
