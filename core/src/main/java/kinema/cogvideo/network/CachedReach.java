package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.cogvideo.network.KvCache.Store;
import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What tokens attend to when keys and values of earlier ones are cached: text, whole frames, single tokens.
 *
 * <p>Axes: B sequences, A heads, L text tokens, N tokens of a frame, K width of a head. Not thread-safe; close it.
 */
final class CachedReach implements AutoCloseable {
    /** A window of the temporal channel, for tokens of the frame of a rank. */
    private record WindowKey(int parity, int window, int rank) {}

    /**
     * What a window holds.
     *
     * @param slots those of one frame, in their order
     * @param all places in the cache: of the text, then of the window's slots in all frames up to one
     */
    private record Places(int[] slots, Tensor all) {}

    private final boolean shares;
    private final KvCache cache;
    private final TextPrefix text;
    private final Visibility visibility;
    private final long length; // L
    private final long frameTokens; // N
    private final Tensor bias; // (B, 1, 1, L + 5·N): each text's weight, then zeros
    private final Map<WindowKey, Places> places = new HashMap<>();

    /**
     * Of sequences with their texts.
     *
     * @param shares whether threads share a token's attention, see {@link Backbone#sharesProducts}
     */
    CachedReach(KvCache cache, TextPrefix text, Visibility visibility, boolean shares) {
        this.shares = shares;
        this.cache = cache;
        this.text = text;
        this.visibility = visibility;
        length = text.length();
        frameTokens = visibility.config().frameTokens();
        long room = visibility.config().sequenceTokens();
        bias = Scopes.run(() -> {
            Tensor weighted = near(text.weighted()); // (B, 1, 1, L)
            Tensor zeros = Kernels.zeros(weighted, ScalarType.Float, text.batch(), 1, 1, room);
            return Scopes.own(Tensors.cat(3, weighted, zeros));
        });
    }

    /** The text, which sees itself. */
    Reach ofText() {
        return new Reach() {
            @Override
            public long text() {
                return length;
            }

            @Override
            public Tensor spatial(int layer, Heads h) {
                cache.spatial(layer).write(0, h);
                return Attend.with(h.query(), h.key(), h.value(), as(h.query(), near(text.present())));
            }

            @Override
            public Tensor temporal(int layer, Heads h) {
                cache.temporal(layer).write(0, h);
                return h.query().narrow(2, 0, 0);
            }
        };
    }

    /**
     * Whole frames, one after the other in the order of generation.
     *
     * @param generated whether the texts' weights hold in the temporal channel; in the spatial one they always do
     */
    Chunk chunk(int[] ranks, boolean generated) {
        return new Chunk(ranks, generated ? text.weighted() : text.present());
    }

    /** Masks for a chunk of frames; to be used within the scope it was made in. */
    final class Chunk {
        private final int[] ranks;
        private final Tensor own; // (n, n) of the spatial channel, n = tokens of the chunk
        private final List<Tensor> across = new ArrayList<>(); // of each parity, (n, N·frames so far)
        private final Tensor textBias; // (B, 1, 1, L) of the temporal channel

        private Chunk(int[] ranks, Tensor textBias) {
            this.ranks = ranks;
            this.textBias = near(textBias);
            own = near(visibility.spatial(ranks, ranks));
            int[] all = IntStream.rangeClosed(0, ranks[ranks.length - 1]).toArray();
            for (int parity = 0; parity < Windows.PARITIES; parity++) {
                across.add(near(visibility.temporal(parity, ranks, all)));
            }
        }

        /** The chunk in some of the sequences. */
        Reach rows(long row, long rows) {
            Tensor toOwn = OnePass.beside(near(text.weighted()).narrow(0, row, rows), own); // (B, 1, n, L + n)
            List<Tensor> toAll = across.stream()
                    .map(mask -> OnePass.beside(textBias.narrow(0, row, rows), mask))
                    .toList(); // each (B, 1, n, L + N·frames)
            long begin = length + ranks[0] * frameTokens;
            return new Reach() {
                @Override
                public long text() {
                    return 0;
                }

                @Override
                public Tensor spatial(int layer, Heads h) {
                    Store store = cache.spatial(layer).part(row, rows, length);
                    return Attend.with(
                            h.query(),
                            Tensors.cat(2, store.key(), h.key()),
                            Tensors.cat(2, store.value(), h.value()),
                            as(h.query(), toOwn));
                }

                @Override
                public Tensor temporal(int layer, Heads h) {
                    Store store = cache.temporal(layer)
                            .part(row, rows, begin + h.key().size(2));
                    store.write(begin, h);
                    Tensor mask = toAll.get(layer % Windows.PARITIES);
                    return Attend.with(h.query(), store.key(), store.value(), as(h.query(), mask));
                }
            };
        }
    }

    /** One token of the frame of a rank, which sees the frame's earlier ones. */
    Reach ofStep(int rank, long slot) {
        return new Reach() {
            @Override
            public long text() {
                return 0;
            }

            @Override
            public Tensor spatial(int layer, Heads h) {
                cache.spatial(layer).write(length + slot, h);
                return upTo(cache.spatial(layer), length + slot + 1, h);
            }

            @Override
            public Tensor temporal(int layer, Heads h) {
                Store store = cache.temporal(layer);
                long place = length + rank * frameTokens + slot;
                store.write(place, h);
                return visibility.stage().isWindowed()
                        ? inWindow(store, layer % Windows.PARITIES, rank, slot, h)
                        : upTo(store, place + 1, h);
            }
        };
    }

    private Tensor upTo(Store store, long count, Heads h) {
        Store seen = store.part(0, text.batch(), count);
        return ofToken(h.query(), seen.key(), seen.value(), as(h.query(), bias.narrow(3, 0, count)));
    }

    private Tensor ofToken(Tensor query, Tensor key, Tensor value, Tensor mask) {
        return shares ? Attend.ofToken(query, key, value, mask) : Attend.with(query, key, value, mask);
    }

    private Tensor inWindow(Store store, int parity, int rank, long slot, Heads h) {
        int window = visibility.windows().of(parity, Math.toIntExact(slot));
        Places there = places.computeIfAbsent(new WindowKey(parity, window, rank), this::places);
        long earlier = Arrays.stream(there.slots).filter(other -> other <= slot).count();
        long count = length + (long) rank * there.slots.length + earlier;
        Tensor seen = there.all.narrow(0, 0, count);
        return ofToken(
                h.query(),
                Kernels.select(store.key(), 2, seen),
                Kernels.select(store.value(), 2, seen),
                as(h.query(), bias.narrow(3, 0, count)));
    }

    private Places places(WindowKey key) {
        int[] slots = visibility.windows().slots(key.parity, key.window);
        LongStream frames = LongStream.rangeClosed(0, key.rank)
                .flatMap(frame -> Arrays.stream(slots).mapToLong(slot -> length + frame * frameTokens + slot));
        long[] all = LongStream.concat(LongStream.range(0, length), frames).toArray();
        return new Places(slots, Scopes.own(Tensors.of(all, all.length)));
    }

    /** A mask where the keys are. */
    private Tensor near(Tensor mask) {
        return mask.to(cache.spatial(0).key().device(), mask.scalar_type());
    }

    private static Tensor as(Tensor query, Tensor mask) {
        return mask.to(query.scalar_type());
    }

    @Override
    public void close() {
        Scopes.free(bias);
        places.values().forEach(there -> Scopes.free(there.all));
    }
}
