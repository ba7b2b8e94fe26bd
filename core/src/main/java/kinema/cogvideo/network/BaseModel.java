package kinema.cogvideo.network;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.Kernels;
import kinema.nn.LayerNorm;
import kinema.nn.WideProduct;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The text-to-image model (CogLM of CogView2) that CogVideo is built on and leaves as it is: word table, positions of text and
 * of the first frame, layers, and a head that shares the word table's image rows.
 *
 * <p>Axes: B sequences, n tokens, D width, V image tokens. Immutable; safe to share between threads. Keys are those below
 * {@code transformer} in the authors' files.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 3</a>
 */
public final class BaseModel {
    private static final double DEVIATION = 0.02;

    private final BaseConfig config;
    private final Tensor words; // (vocabulary, D)
    private final Tensor positions; // (positions, D)
    private final List<OnDemand<BaseLayer>> layers = new ArrayList<>();
    private final LayerNorm finalNorm;

    /** A model over the node {@code transformer}. */
    public BaseModel(Weights w, BaseConfig c) {
        config = c;
        Init init = Init.normal(DEVIATION);
        words = w.at("word_embeddings").tensor("weight", init, c.vocabulary(), c.width());
        positions = w.at("position_embeddings").tensor("weight", init, c.positions(), c.width());
        for (long i = 0; i < c.layers(); i++) {
            layers.add(w.at("layers").at(i).part(layer -> new BaseLayer(layer, c)));
        }
        finalNorm = new LayerNorm(w.at("final_layernorm"), c.width(), BaseLayer.NORM_EPS);
    }

    /** The configuration this was made with. */
    public BaseConfig config() {
        return config;
    }

    /** The layers in their order. */
    public List<OnDemand<BaseLayer>> layers() {
        return layers;
    }

    /** What it computes in. */
    public ScalarType dtype() {
        return finalNorm.dtype();
    }

    /** Whether its matrices are stored in fewer bits than it computes in, and so are widened for every product. */
    boolean isWidened() {
        return Dtypes.bytes(words.scalar_type()) < Dtypes.bytes(dtype());
    }

    /** Room for numbers of this shape in what the model computes in, all 0. */
    Tensor zeros(long... shape) {
        return Kernels.zeros(words, dtype(), shape);
    }

    /** Rows of the word table, in what the model computes in: (…) to (…, D). */
    public Tensor words(Tensor ids) {
        return Scopes.keep(() -> finalNorm.adopt(Kernels.embedding(words, ids)));
    }

    /** Rows of the position table: (…) to (…, D). */
    public Tensor positions(Tensor ids) {
        return Kernels.embedding(positions, ids);
    }

    /** So many rows of the position table from {@code first} on: (count, D). */
    public Tensor positions(long first, long count) {
        return positions.narrow(0, first, count);
    }

    /**
     * The head, in float32 whatever the weights are.
     *
     * @param x (…, D), out of the last layer
     * @return (…, V) float32
     */
    public Tensor logits(Tensor x) {
        return Scopes.keep(() -> {
            Tensor normed = finalNorm.forward(x).to(ScalarType.Float); // (…, D)
            return WideProduct.of(normed, words.narrow(0, 0, config.imageTokens())); // (…, V)
        });
    }
}
