package kinema.weights;

import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A node of a tree of named tensors. Layers are made from a node and ask it for their leaves; the source behind the
 * root decides whether a leaf is loaded, initialised or only counted.
 *
 * <p>Immutable. Names are those of the checkpoint: {@code w.at("transformer_blocks").at(3).at("norm1")}.
 */
public final class Weights {
    private final WeightSource source;
    private final String prefix;
    private final Adapters adapters;
    private final boolean quantizable;

    /** The root of a tree over {@code source}. */
    public Weights(WeightSource source) {
        this(source, "", Adapters.NONE, false);
    }

    private Weights(WeightSource source, String prefix, Adapters adapters, boolean quantizable) {
        this.source = source;
        this.prefix = prefix;
        this.adapters = adapters;
        this.quantizable = quantizable;
    }

    /** The child with this name; dots go several levels down. */
    public Weights at(String name) {
        return new Weights(source, prefix + name + ".", adapters, quantizable);
    }

    /** The child with this number. */
    public Weights at(long index) {
        return at(Long.toString(index));
    }

    /**
     * A leaf of this node.
     *
     * @param name its last name, such as {@code weight}
     * @param init its start when the network is trained from nothing
     * @param shape the shape the layer needs
     */
    public Tensor tensor(String name, Init init, long... shape) {
        return source.leaf(prefix + name, init, shape);
    }

    /** The same node, whose linear maps may be in 8 bits where the source is asked for that: a layer that names them withstands it. */
    public Weights quantizable() {
        return new Weights(source, prefix, adapters, true);
    }

    /**
     * The matrix of the linear map that this node is, its leaf {@code weight}.
     *
     * @param init its start when the network is trained from nothing
     */
    public Matrix matrix(Init init, long out, long in) {
        long[] shape = {out, in};
        String key = prefix + "weight";
        return quantizable ? source.matrix(key, init, shape) : Matrix.plain(source.leaf(key, init, shape));
    }

    /**
     * A part of the network that hangs on this node and is used as a whole, such as a block: the source decides whether its
     * weights stay in memory between two uses.
     *
     * @param make makes the part from this node; keeps no tensors of its own besides the node's leaves
     */
    public <T> OnDemand<T> part(Function<Weights, T> make) {
        return source.part(this, make);
    }

    /** The change of the linear map that this node is, null where there is none. */
    public @Nullable LowRank lowRank(long in, long out) {
        return adapters.of(prefix.substring(0, Math.max(0, prefix.length() - 1)), in, out);
    }

    /** The same node of a tree whose linear maps are changed. */
    public Weights with(Adapters changes) {
        return new Weights(source, prefix, changes, quantizable);
    }

    /** The same node over another source. */
    Weights over(WeightSource other) {
        return new Weights(other, prefix, adapters, quantizable);
    }
}
