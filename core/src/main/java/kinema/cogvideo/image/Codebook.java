package kinema.cogvideo.image;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.Conv2d;
import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The codes that all rates share.
 *
 * <p>Axes: B pictures, Z channels out of the encoder, h rows, w columns, V codes, E numbers of a code. Immutable; safe to share
 * between threads.
 *
 * @see <a href="https://arxiv.org/abs/1711.00937">VQ-VAE, section 3.1</a>
 */
final class Codebook {
    private static final long ROWS = 1024; // compared with all codes together

    private final Tensor codes; // (V, E)
    private final Conv2d project;

    Codebook(Weights w, ImageConfig c) {
        codes = w.at("embed").tensor("weight", Init.uniform(1.0 / c.codes()), c.codes(), c.codeWidth());
        project = new Conv2d(w.at("proj"), c.stateChannels(), c.codeWidth(), 1);
    }

    /** What is compared with the codes: (B, Z, h, w) to (B, E, h, w). */
    Tensor project(Tensor states) {
        return project.forward(states);
    }

    /** The ids of the codes nearest to (B, E, h, w): (B, h, w) int64. */
    Tensor nearest(Tensor projected) {
        return Scopes.keep(() -> {
            Tensor points = projected.permute(0, 2, 3, 1).flatten(0, 2); // (B·h·w, E)
            Tensor squares = codes.square().sum(1); // (V)
            List<Tensor> ids = new ArrayList<>();
            for (long row = 0; row < points.size(0); row += ROWS) {
                Tensor some = points.narrow(0, row, Math.min(ROWS, points.size(0) - row));
                ids.add(Scopes.keep(() -> {
                    Tensor closeness =
                            torch.linear(some, codes).mul(new Scalar(2.0)).sub(squares); // (rows, V)
                    return closeness.argmax(new LongOptional(1), false); // (rows)
                }));
            }
            return Tensors.cat(0, ids.toArray(Tensor[]::new))
                    .view(projected.size(0), projected.size(2), projected.size(3)); // (B, h, w)
        });
    }

    /** The codes of (B, h, w) ids: (B, E, h, w). */
    Tensor codes(Tensor ids) {
        return Scopes.keep(() -> Kernels.embedding(codes, ids).permute(0, 3, 1, 2)); // (B, E, h, w)
    }
}
