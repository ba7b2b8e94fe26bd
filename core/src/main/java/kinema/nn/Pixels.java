package kinema.nn;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between frames as pictures, and as networks over pixels take and give them. T H W frames, rows, columns. */
public final class Pixels {
    private Pixels() {}

    /** (T, H, W, 3) uint8 to (1, 3, T, H, W) in [-1, 1]. */
    public static Tensor toNetwork(Tensor frames) {
        return Scopes.keep(() -> frames.permute(3, 0, 1, 2)
                .unsqueeze(0)
                .contiguous()
                .to(ScalarType.Float)
                .div_(new Scalar(255.0))
                .mul_(new Scalar(2.0))
                .sub_(new Scalar(1.0)));
    }

    /** (1, 3, T, H, W), about [-1, 1], to (T, H, W, 3) in [0, 1]. */
    public static Tensor fromNetwork(Tensor video) {
        return Scopes.keep(() -> video.mul(new Scalar(0.5))
                .add(new Scalar(0.5))
                .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)))
                .squeeze(0)
                .permute(1, 2, 3, 0)
                .contiguous());
    }
}
