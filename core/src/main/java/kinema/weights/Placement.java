package kinema.weights;

import kinema.tensor.Device;
import kinema.tensor.Dtypes;
import kinema.tensor.Quantization;
import kinema.tensor.Residency;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What becomes of a file's weights when a network computes with them.
 *
 * @param dtype they are converted to
 * @param device they are copied to
 * @param residency how long they stay there
 * @param narrow whether matrices that are stored in fewer bits stay as they are stored, for layers that widen them as they go
 * @param quantization of the matrices of linear maps that are {@linkplain Weights#quantizable quantizable}
 */
public record Placement(
        ScalarType dtype, Device device, Residency residency, boolean narrow, Quantization quantization) {
    /** All weights in one dtype. */
    public Placement(ScalarType dtype, Device device, Residency residency) {
        this(dtype, device, residency, false, Quantization.OFF);
    }

    /** Resident in the CPU's memory. */
    public static Placement resident(ScalarType dtype) {
        return new Placement(dtype, Device.CPU, Residency.RESIDENT);
    }

    /** The same, part by part. */
    public Placement streamed() {
        return new Placement(dtype, device, Residency.STREAMED, narrow, quantization);
    }

    /** The same with matrices left as they are stored, where that is in fewer bits. */
    public Placement narrowed() {
        return new Placement(dtype, device, residency, true, quantization);
    }

    /** The same with the matrices of quantizable linear maps in so many bits; on the processor alone. */
    public Placement quantized(Quantization other) {
        return new Placement(dtype, device, residency, narrow, other);
    }

    /** Whether the matrices of quantizable linear maps are in 8 bits. */
    boolean inBytes() {
        return quantization == Quantization.INT8;
    }

    /** What a stored tensor is converted to. */
    ScalarType dtypeOf(StoredTensor stored) {
        boolean stays = narrow
                && stored.shape().length > 1
                && Dtypes.isFloating(stored.dtype())
                && Dtypes.bytes(stored.dtype()) < Dtypes.bytes(dtype);
        return stays ? stored.dtype() : dtype;
    }
}
