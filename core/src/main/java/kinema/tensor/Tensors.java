package kinema.tensor;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between Java arrays and tensors, and short forms of what the libtorch binding says at length. */
public final class Tensors {
    private Tensors() {}

    /** A new float32 tensor with a copy of {@code values}. */
    public static Tensor of(float[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** A new int64 tensor with a copy of {@code values}. */
    public static Tensor of(long[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** A new tensor of zeros. */
    public static Tensor zeros(ScalarType dtype, long... shape) {
        return Scopes.keep(() -> torch.empty(shape, Dtypes.options(dtype), null).zero_());
    }

    /** A tensor of the meta device: shape and dtype without contents. */
    public static Tensor meta(ScalarType dtype, long... shape) {
        return Scopes.keep(() -> {
            TensorOptions options = new TensorOptions(new Device(DeviceType.Meta)).dtype(new ScalarTypeOptional(dtype));
            return torch.empty(shape, options, null);
        });
    }

    /** The elements as float32, in row-major order. */
    public static float[] floats(Tensor tensor) {
        float[] out = new float[Math.toIntExact(tensor.numel())];
        if (out.length > 0) {
            Scopes.run(() -> {
                Tensor flat = tensor.detach().to(ScalarType.Float).contiguous();
                FloatBuffer buffer = flat.createBuffer();
                buffer.get(out);
            });
        }
        return out;
    }

    /** The elements as int64, in row-major order. */
    public static long[] longs(Tensor tensor) {
        long[] out = new long[Math.toIntExact(tensor.numel())];
        if (out.length > 0) {
            Scopes.run(() -> {
                Tensor flat = tensor.detach().to(ScalarType.Long).contiguous();
                LongBuffer buffer = flat.createBuffer();
                buffer.get(out);
            });
        }
        return out;
    }

    /** Whether all numbers are: neither infinite nor NaN; also where there are none, on the meta device. */
    public static boolean isFinite(Tensor tensor) {
        return !tensor.is_floating_point()
                || tensor.is_meta()
                || Scopes.run(() -> tensor.isfinite().all().item_bool());
    }

    /** Concatenation along {@code dim}. */
    public static Tensor cat(long dim, Tensor... parts) {
        return torch.cat(new TensorVector(parts), dim);
    }

    /** A present optional argument. */
    public static TensorOptional some(Tensor tensor) {
        return new TensorOptional(tensor);
    }

    /** An absent optional argument. */
    public static TensorOptional none() {
        return new TensorOptional();
    }
}
