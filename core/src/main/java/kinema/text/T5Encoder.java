package kinema.text;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.weights.Checkpoint;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The encoder of T5 v1.1. Nothing is masked: padding is attended to and has states, as CogVideoX was trained with.
 *
 * <p>Axes: B batch, L tokens, C width. Weights in float16 overflow in the larger models; bfloat16 and float32 do not.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">T5, section 2.1</a>
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU variants, section 2: its gated feed-forward network</a>
 */
public final class T5Encoder implements TextEncoder {
    private final T5Config config;
    private final Tensor words; // (vocabulary, C)
    private final T5PositionBias positionBias; // of all blocks; stored with the first
    private final List<T5Block> blocks = new ArrayList<>();
    private final RmsNorm norm;

    /** The network over the tree of a {@code text_encoder} folder. */
    public T5Encoder(Weights w, T5Config config) {
        this.config = config;
        Weights encoder = w.at("encoder");
        words = w.tensor("shared.weight", Init.normal(1), config.vocabulary(), config.width());
        positionBias = new T5PositionBias(encoder.at("block.0.layer.0.SelfAttention.relative_attention_bias"), config);
        for (int i = 0; i < config.layers(); i++) {
            blocks.add(new T5Block(encoder.at("block").at(i), config));
        }
        norm = new RmsNorm(encoder.at("final_layer_norm"), config.width(), config.eps());
    }

    /**
     * Makes the encoder from a checkpoint, which may name the embedding table {@code shared.weight}, {@code
     * encoder.embed_tokens.weight} or both.
     *
     * @throws kinema.weights.WeightsException listing every key that is missing, left over or of another shape
     */
    public static T5Encoder load(Checkpoint checkpoint, T5Config config) {
        checkpoint.alias("encoder.embed_tokens.weight", "shared.weight");
        return checkpoint.load(w -> new T5Encoder(w, config));
    }

    @Override
    public long width() {
        return config.width();
    }

    @Override
    public Tensor forward(Tensor ids) {
        IdChecks.check(ids, config.vocabulary());
        return Scopes.keep(() -> {
            Tensor bias = positionBias.forward((int) ids.size(1)); // (1, H, L, L)
            Tensor x = torch.embedding(words, ids); // (B, L, C)
            for (T5Block block : blocks) {
                x = block.forward(x, bias); // (B, L, C)
            }
            return norm.forward(x); // (B, L, C)
        });
    }
}
