package kinema.cogvideox.vae;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * A chunk of frames in slabs, (B, C, t, H, W) each, in order of time. A layer goes from slab to slab, so that what lies
 * between its input and its output is never there for all frames at once.
 */
final class Slabs {
    private final List<Tensor> slabs;
    private final long[] starts; // frames before each, and all frames

    private Slabs(List<Tensor> slabs) {
        this.slabs = slabs;
        starts = new long[slabs.size() + 1];
        for (int i = 0; i < slabs.size(); i++) {
            starts[i + 1] = starts[i] + slabs.get(i).size(2);
        }
    }

    /** Of the same lengths. */
    record Pair(Slabs first, Slabs second) {}

    /** Makes slabs from their first frames and numbers of frames. */
    @FunctionalInterface
    interface Maker {
        Tensor make(long start, long frames);
    }

    /**
     * Makes the slabs of a chunk one after the other.
     *
     * @param frames of the chunk
     * @param length of a slab; the first takes the remainder, so that with an even length none parts a pair of frames
     *     that time is doubled to or halved from
     */
    static Slabs make(long frames, long length, Maker maker) {
        return keep(() -> {
            List<Tensor> made = new ArrayList<>();
            long start = 0;
            while (start < frames) {
                long from = start;
                long n = start == 0 ? (frames - 1) % length + 1 : length;
                made.add(Scopes.keep(() -> maker.make(from, n)));
                start += n;
            }
            return new Slabs(made);
        });
    }

    /** Views of {@code x}, (B, C, T, H, W), whose memory is freed with the last of them. */
    static Slabs cut(Tensor x, long length) {
        return make(x.size(2), length, (start, frames) -> x.narrow(2, start, frames));
    }

    int count() {
        return slabs.size();
    }

    Tensor get(int i) {
        return slabs.get(i);
    }

    List<Tensor> all() {
        return slabs;
    }

    /** Frames of the chunk. */
    long frames() {
        return starts[slabs.size()];
    }

    /** The frames before slab {@code i}. */
    long start(int i) {
        return starts[i];
    }

    /** The frames of slab {@code i}, also of one that is freed. */
    long length(int i) {
        return starts[i + 1] - starts[i];
    }

    /** Slabs of the same lengths, made from the number of each. */
    Slabs map(IntFunction<Tensor> layer) {
        return keep(() -> {
            List<Tensor> made = new ArrayList<>();
            for (int i = 0; i < slabs.size(); i++) {
                int slab = i;
                made.add(Scopes.keep(() -> layer.apply(slab)));
            }
            return new Slabs(made);
        });
    }

    /** As {@link #map}; each slab of this is freed when the one made from it is there. */
    Slabs drain(IntFunction<Tensor> layer) {
        return map(i -> {
            Tensor made = layer.apply(i);
            free(i);
            return made;
        });
    }

    /** What two layers make of the same slabs, which are freed as in {@link #drain}. */
    Pair drain(IntFunction<Tensor> first, IntFunction<Tensor> second) {
        return Scopes.keepAll(
                () -> {
                    List<Tensor> made = new ArrayList<>();
                    List<Tensor> other = new ArrayList<>();
                    for (int i = 0; i < slabs.size(); i++) {
                        made.add(first.apply(i));
                        other.add(second.apply(i));
                        free(i);
                    }
                    return new Pair(new Slabs(made), new Slabs(other));
                },
                pair -> Stream.concat(pair.first.slabs.stream(), pair.second.slabs.stream())
                        .toList());
    }

    /** All frames in one piece, (B, C, T, H, W), in place of the slabs. */
    Tensor join() {
        if (slabs.size() == 1) {
            return slabs.get(0);
        }
        Tensor joined = Scopes.keep(() -> Tensors.cat(2, slabs.toArray(Tensor[]::new)));
        slabs.forEach(Tensor::close);
        return joined;
    }

    void free(int i) {
        slabs.get(i).close();
    }

    /** As {@link Scopes#keep}. */
    static Slabs keep(Supplier<Slabs> body) {
        return Scopes.keepAll(body, made -> made.slabs);
    }
}
