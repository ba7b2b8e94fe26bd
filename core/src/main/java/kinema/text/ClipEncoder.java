package kinema.text;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.Kernels;
import kinema.nn.LayerNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.WeightTally;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * CLIP's text encoder: the states of all tokens after the last norm. A token attends to those before it, so padding changes
 * nothing but its own states. Texts go through a layer one by one, so a text's states do not depend on what it is encoded
 * with.
 *
 * <p>Axes: B batch, L tokens, C width.
 *
 * @see <a href="https://arxiv.org/abs/2103.00020">CLIP, section 2.4</a>
 */
public final class ClipEncoder implements TextEncoder {
    /** The embedding tables: of the vocabulary and of the positions. */
    private record Embeddings(Tensor words, Tensor positions) {
        /** (1, L) ids to (1, L, C). */
        Tensor of(Tensor ids) {
            return Scopes.keep(() -> Kernels.embedding(words, ids.to(words.device(), ScalarType.Long))
                    .add(positions.narrow(0, 0, ids.size(1))));
        }
    }

    /** A constant that files of older versions hold beside the weights. */
    private static final String POSITION_IDS = "text_model.embeddings.position_ids";

    private static final double DEVIATION = 0.02;

    private final ClipConfig config;
    private final OnDemand<Embeddings> embeddings;
    private final List<OnDemand<ClipLayer>> layers = new ArrayList<>();
    private final LayerNorm norm;

    /** The network over the tree of a {@code text_encoder} folder. */
    public ClipEncoder(Weights w, ClipConfig config) {
        this.config = config;
        Weights model = w.at("text_model");
        embeddings = model.at("embeddings")
                .part(at -> new Embeddings(
                        at.at("token_embedding")
                                .tensor("weight", Init.normal(DEVIATION), config.vocabulary(), config.width()),
                        at.at("position_embedding")
                                .tensor("weight", Init.normal(DEVIATION), config.positions(), config.width())));
        for (int i = 0; i < config.layers(); i++) {
            layers.add(model.at("encoder.layers").at(i).part(at -> new ClipLayer(at, config)));
        }
        norm = new LayerNorm(model.at("final_layer_norm"), config.width(), config.eps());
    }

    /**
     * The encoder of a checkpoint. Its weights are in memory while it is used.
     *
     * @throws kinema.weights.WeightsException listing every key that is missing, left over or of another shape
     */
    public static OnDemand<ClipEncoder> of(Checkpoint checkpoint, ClipConfig config, Placement placement) {
        checkpoint.ignore(POSITION_IDS);
        return checkpoint.onDemand(w -> new ClipEncoder(w, config), placement);
    }

    /** What the encoder's weights will take in memory. */
    public static WeightTally weigh(Checkpoint checkpoint, ClipConfig config, Placement placement) {
        return checkpoint.weigh(w -> new ClipEncoder(w, config), placement);
    }

    @Override
    public long width() {
        return config.width();
    }

    @Override
    public Tensor forward(Tensor ids) {
        IdChecks.check(ids, config.vocabulary());
        if (ids.size(1) > config.positions()) {
            throw new IllegalArgumentException(
                    "a text can have at most " + config.positions() + " tokens, found " + ids.size(1));
        }
        return Scopes.keep(() -> {
            List<Tensor> texts = embeddings.use(tables -> embed(tables, ids)); // B × (1, L, C)
            for (OnDemand<ClipLayer> layer : layers) {
                List<Tensor> in = texts;
                texts = layer.use(l -> in.stream().map(l::forward).toList()); // B × (1, L, C)
                in.forEach(Tensor::close);
            }
            return norm.forward(Tensors.cat(0, texts.toArray(Tensor[]::new))); // (B, L, C)
        });
    }

    private static List<Tensor> embed(Embeddings tables, Tensor ids) {
        List<Tensor> texts = new ArrayList<>();
        for (long i = 0; i < ids.size(0); i++) {
            texts.add(tables.of(ids.narrow(0, i, 1)));
        }
        return texts;
    }
}
