package kinema.cogvideox.transformer;

import java.util.function.UnaryOperator;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Layer norm whose result is scaled and shifted by the timestep: adaLN-Zero of DiT. With two experts, text and video
 * share the norm and have a modulation each; that is the paper's expert adaptive layer norm.
 *
 * <p>Axes: B batch, E width of the time embedding, D width. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2</a>
 * @see <a href="https://arxiv.org/abs/2212.09748">DiT, section 3.2</a>
 */
final class AdaptiveNorm {
    /** Shift, 1 + scale and gate of one kind of token, each (B, 1, D). */
    record Modulation(Tensor shift, Tensor scale, Tensor gate) {
        /** The same for each token of its sample, by {@link Positions#overText} or {@link Positions#overVideo}. */
        Modulation over(UnaryOperator<Tensor> tokens) {
            return new Modulation(tokens.apply(shift), tokens.apply(scale), tokens.apply(gate));
        }
    }

    private final long width;
    private final LayerNorm norm;
    private final Linear linear;
    private final int parts;

    /** A norm with {@code parts} vectors of modulation per sample; new ones start at zero, so blocks start as nothing. */
    AdaptiveNorm(Weights w, TransformerConfig c, int parts) {
        this.parts = parts;
        width = c.width();
        norm = new LayerNorm(w.at("norm"), width, c.normEps());
        linear = new Linear(w.at("linear"), c.timeEmbedDim(), parts * width, Init.ZEROS);
    }

    /**
     * The vectors of modulation.
     *
     * @param time (B, E), already through SiLU
     * @return {@code parts} tensors (B, 1, D), in the current scope
     */
    TensorVector vectors(Tensor time) {
        return linear.forward(time).view(time.size(0), parts, 1, width).unbind(1);
    }

    /** The modulation made of {@code vectors} from {@code first} on: shift, scale, gate. */
    static Modulation modulation(TensorVector vectors, long first) {
        return new Modulation(vectors.get(first), vectors.get(first + 1).add(new Scalar(1.0)), vectors.get(first + 2));
    }

    /**
     * Normalises and modulates.
     *
     * @param x (B, n, D)
     * @param shift (B, 1, D)
     * @param scale 1 + scale, (B, 1, D)
     * @return (B, n, D)
     */
    Tensor forward(Tensor x, Tensor shift, Tensor scale) {
        return Scopes.keep(() -> torch.addcmul(shift, norm.forward(x), scale)); // (B, n, D)
    }
}
