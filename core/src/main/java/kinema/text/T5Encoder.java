package kinema.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
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
 * The encoder of T5 v1.1. Padding has states too; whether it is attended to is the caller's choice, as models were trained
 * either way. Texts go through a block one by one, so a text's states do not depend on what it is encoded with.
 *
 * <p>Axes: B batch, L tokens, C width. Weights in float16 overflow in the larger models; bfloat16 and float32 do not.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">T5, section 2.1</a>
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU variants, section 2: its gated feed-forward network</a>
 */
public final class T5Encoder implements TextEncoder {
    private final T5Config config;
    private final OnDemand<Tensor> words; // (vocabulary, C)
    private final T5PositionBias positionBias; // of all blocks; stored with the first
    private final List<OnDemand<T5Block>> blocks = new ArrayList<>();
    private final RmsNorm norm;

    /** The network over the tree of a {@code text_encoder} folder. */
    public T5Encoder(Weights w, T5Config config) {
        this.config = config;
        Weights encoder = w.at("encoder");
        words = w.part(root -> root.tensor("shared.weight", Init.normal(1), config.vocabulary(), config.width()));
        positionBias = new T5PositionBias(encoder.at("block.0.layer.0.SelfAttention.relative_attention_bias"), config);
        for (int i = 0; i < config.layers(); i++) {
            blocks.add(encoder.at("block").at(i).part(block -> new T5Block(block, config)));
        }
        norm = new RmsNorm(encoder.at("final_layer_norm"), config.width(), config.eps());
    }

    /**
     * Makes the encoder from a checkpoint, as {@link #of}, to stay as long as that.
     *
     * @throws kinema.weights.WeightsException listing every key that is missing, left over or of another shape
     */
    public static T5Encoder load(Checkpoint checkpoint, T5Config config) {
        checkpoint.alias("encoder.embed_tokens.weight", "shared.weight");
        return checkpoint.load(w -> new T5Encoder(w, config));
    }

    /**
     * The encoder of a checkpoint, which may name the embedding table {@code shared.weight}, {@code
     * encoder.embed_tokens.weight} or both. Its weights are in memory while it is used.
     *
     * @throws kinema.weights.WeightsException listing every key that is missing, left over or of another shape
     */
    public static OnDemand<T5Encoder> of(Checkpoint checkpoint, T5Config config, Placement placement) {
        checkpoint.alias("encoder.embed_tokens.weight", "shared.weight");
        return checkpoint.onDemand(w -> new T5Encoder(w, config), placement);
    }

    /** What the encoder's weights will take in memory. */
    public static WeightTally weigh(Checkpoint checkpoint, T5Config config, Placement placement) {
        checkpoint.alias("encoder.embed_tokens.weight", "shared.weight");
        return checkpoint.weigh(w -> new T5Encoder(w, config), placement);
    }

    @Override
    public long width() {
        return config.width();
    }

    /** {@inheritDoc} Padding is attended to. */
    @Override
    public Tensor forward(Tensor ids) {
        Shapes.check("ids", ids, Shapes.ANY, Shapes.ANY);
        long[] all = new long[Math.toIntExact(ids.size(0))];
        Arrays.fill(all, ids.size(1));
        return forward(ids, all);
    }

    /**
     * As {@link #forward(Tensor)} where padding is not attended to.
     *
     * @param ids (B, L) int64, padding last
     * @param used how many ids of each text are not padding, from 1 to L
     * @return (B, L, C)
     * @throws IllegalArgumentException as {@link #forward(Tensor)}, and for other numbers of used ids
     */
    public Tensor forward(Tensor ids, long[] used) {
        IdChecks.check(ids, config.vocabulary());
        check(used, ids);
        return Scopes.keep(() -> {
            Tensor bias = positionBias.forward((int) ids.size(1)); // (1, H, L, L)
            List<Tensor> texts = words.use(table -> embed(table, ids)); // B × (1, L, C)
            for (OnDemand<T5Block> block : blocks) {
                List<Tensor> in = texts;
                texts = block.use(b -> through(b, in, bias, used)); // B × (1, L, C)
                in.forEach(Tensor::close);
            }
            return norm.forward(Tensors.cat(0, texts.toArray(Tensor[]::new))); // (B, L, C)
        });
    }

    private static List<Tensor> through(T5Block block, List<Tensor> texts, Tensor bias, long[] used) {
        List<Tensor> made = new ArrayList<>();
        for (int i = 0; i < used.length; i++) {
            made.add(block.forward(texts.get(i), bias.narrow(3, 0, used[i]))); // (1, L, C)
        }
        return made;
    }

    private static void check(long[] used, Tensor ids) {
        boolean possible = used.length == ids.size(0);
        for (long n : used) {
            possible &= n >= 1 && n <= ids.size(1);
        }
        if (!possible) {
            throw new IllegalArgumentException("used ids must be from 1 to " + ids.size(1) + " for each of "
                    + ids.size(0) + " texts, found " + Arrays.toString(used));
        }
    }

    /** One tensor a text: how many go through a block together changes the last bits of a matrix product. */
    private static List<Tensor> embed(Tensor table, Tensor ids) {
        List<Tensor> texts = new ArrayList<>();
        for (long i = 0; i < ids.size(0); i++) {
            texts.add(Kernels.embedding(table, ids.narrow(0, i, 1).to(table.device(), ScalarType.Long))); // (1, L, C)
        }
        return texts;
    }
}
