package kinema.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import kinema.nn.Kernels;
import kinema.nn.LayerNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.text.tokenize.MiniLmFiles;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Init;
import kinema.weights.Weights;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * all-MiniLM-L6-v2: a BERT of 6 layers and width 384, used for its token states. Padding is not attended to, and its
 * states are zero, so a text has the same states whatever the length it was padded to. Few texts, as a prompt and what is to be avoided, go
 * through it one by one, each as if it were alone; of many, such as captions to learn from, {@value #TOGETHER} at a time, nearly twice as fast, which
 * differs by rounding.
 *
 * <p>Axes: B batch, L tokens (at most {@value #POSITIONS}), C = 384.
 *
 * @see <a href="https://arxiv.org/abs/2002.10957">MiniLM</a>
 * @see <a href="https://arxiv.org/abs/1810.04805">BERT, section 3</a>
 */
public final class MiniLmEncoder implements TextEncoder {
    /** Largest number of tokens. */
    public static final int POSITIONS = 512;

    private static final long VOCABULARY = 30_522;
    static final long WIDTH = 384;
    private static final long HEADS = 12;
    private static final int LAYERS = 6;
    private static final double EPS = 1e-12;
    private static final int TOGETHER = 32;

    private final Tensor words; // (VOCABULARY, C)
    private final Tensor positions; // (POSITIONS, C)
    private final Tensor kinds; // (2, C); single texts are all of kind 0
    private final LayerNorm norm;
    private final List<BertLayer> layers = new ArrayList<>();

    /** The network over a tree such as that of {@link #weights}. */
    public MiniLmEncoder(Weights w) {
        Weights embeddings = w.at("embeddings");
        words = embeddings.tensor("word_embeddings.weight", Init.normal(0.02), VOCABULARY, WIDTH);
        positions = embeddings.tensor("position_embeddings.weight", Init.normal(0.02), POSITIONS, WIDTH);
        kinds = embeddings.tensor("token_type_embeddings.weight", Init.normal(0.02), 2, WIDTH);
        norm = new LayerNorm(embeddings.at("LayerNorm"), WIDTH, EPS);
        for (int i = 0; i < LAYERS; i++) {
            layers.add(new BertLayer(w.at("encoder.layer").at(i), WIDTH, HEADS, EPS));
        }
    }

    /**
     * Reads the published weights from the class path. The caller closes them after the encoder's last use.
     *
     * @throws IllegalStateException when their Maven artifact is not there, with the snippet to add
     */
    public static OnnxWeights weights() {
        try (InputStream in = MiniLmFiles.network()) {
            return OnnxWeights.read("all-minilm-l6-v2.onnx", in);
        } catch (IOException e) {
            throw new WeightsException("all-minilm-l6-v2.onnx: cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public long width() {
        return WIDTH;
    }

    @Override
    public Tensor forward(Tensor ids) {
        IdChecks.check(ids, VOCABULARY);
        if (ids.size(1) > POSITIONS) {
            throw new IllegalArgumentException("MiniLM reads at most " + POSITIONS + " tokens, found " + ids.size(1)
                    + "; use a smaller maxLength");
        }
        return Scopes.keep(() -> {
            long count = ids.size(0);
            long together = count < TOGETHER ? 1 : TOGETHER;
            List<Tensor> states = new ArrayList<>();
            for (long i = 0; i < count; i += together) {
                Tensor some = ids.narrow(0, i, Math.min(together, count - i)); // (b, L)
                states.add(encode(some.to(words.device(), ScalarType.Long))); // (b, L, C)
            }
            return Tensors.cat(0, states.toArray(new Tensor[0])); // (B, L, C)
        });
    }

    private Tensor encode(Tensor ids) {
        return Scopes.keep(() -> {
            Tensor padding = ids.eq(new Scalar(TokenIds.PAD)); // (B, L)
            Tensor mask = ids.ne(new Scalar(TokenIds.PAD)).unsqueeze(1).unsqueeze(1); // (B, 1, 1, L)
            Tensor x = embed(ids); // (B, L, C)
            for (BertLayer layer : layers) {
                x = layer.forward(x, mask); // (B, L, C)
            }
            return x.masked_fill(padding.unsqueeze(-1), new Scalar(0)); // (B, L, C)
        });
    }

    private Tensor embed(Tensor ids) {
        Tensor x = Kernels.embedding(words, ids).add(kinds.select(0, 0)); // (B, L, C)
        return norm.forward(x.add(positions.narrow(0, 0, ids.size(1)))); // (B, L, C)
    }
}
