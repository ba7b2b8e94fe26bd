package kinema.cogvideo.network;

import java.util.Arrays;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Cross-entropy of the image tokens, of which a stage learns those of the frames it makes: the second to fifth, or the two
 * between those given.
 *
 * <p>Axes: B sequences, T = 5 frames, N tokens of a frame, F = T·N, D width.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
public final class TokenLoss {
    private TokenLoss() {}

    /**
     * The mean over all tokens that a stage learns.
     *
     * @param states (B, F, D) of {@link OnePass#forward}
     * @param frames (B, T, N) ids of the image tokens
     * @return a number, float32
     */
    public static Tensor of(Backbone backbone, Stage stage, Tensor states, Tensor frames) {
        return Scopes.keep(() -> {
            Tensor[] losses = Arrays.stream(stage.learned())
                    .mapToObj(time -> ofFrame(backbone, time, states, frames))
                    .toArray(Tensor[]::new);
            return torch.stack(new TensorVector(losses), 0).mean();
        });
    }

    /** The mean over the tokens of the frame at a time, from 0; as {@link #of}. */
    public static Tensor ofFrame(Backbone backbone, int time, Tensor states, Tensor frames) {
        long count = backbone.config().frameTokens();
        return Scopes.keep(() -> {
            Tensor logits = backbone.logits(states.narrow(1, time * count, count)); // (B, N, V)
            return torch.cross_entropy_loss(
                    logits.flatten(0, 1), frames.select(1, time).reshape(-1)); // a number
        });
    }
}
