package kinema.cogvideo.network;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Texts of a batch that are padded on the left to the length of the longest: (B, L), 1 for a token and 0 for padding. */
public final class TextPadding {
    private TextPadding() {}

    /** What is added to scores: 0 for a token and minus infinity for padding, (B, L) to (B, 1, 1, L) float32. */
    public static Tensor mask(Tensor present) {
        return Scopes.keep(() -> present.to(ScalarType.Float).log().view(present.size(0), 1, 1, present.size(1)));
    }

    /** Places of tokens in their own text, from 0, and 0 for padding: (B, L) to (B, L) int64. */
    public static Tensor positions(Tensor present) {
        return Scopes.keep(() -> {
            Tensor there = present.to(ScalarType.Long); // (B, L)
            return there.cumsum(1).sub(new Scalar(1)).mul(there);
        });
    }
}
