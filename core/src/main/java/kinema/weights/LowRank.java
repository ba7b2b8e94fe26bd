package kinema.weights;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A change of a linear map that is computed beside it, so that it can be trained: scale · up·(down·x).
 *
 * @param down A, (rank, in)
 * @param up B, (out, rank)
 * @param scale alpha / rank
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA, section 4.1</a>
 */
public record LowRank(Tensor down, Tensor up, double scale) {
    /**
     * Adds the change of {@code x} to what the map itself made of it.
     *
     * @param x (…, in)
     * @param y (…, out)
     * @return (…, out)
     */
    public Tensor addTo(Tensor y, Tensor x) {
        return Scopes.keep(() -> {
            Tensor small = torch.linear(x, down, Tensors.none()); // (…, rank)
            return y.add(torch.linear(small, up, Tensors.none()), new Scalar(scale)); // (…, out)
        });
    }
}
