package kinema.weights;

import kinema.tensor.Device;
import kinema.tensor.Residency;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What becomes of a file's weights when a network computes with them.
 *
 * @param dtype they are converted to
 * @param device they are copied to
 * @param residency how long they stay there
 */
public record Placement(ScalarType dtype, Device device, Residency residency) {
    /** Resident in the CPU's memory. */
    public static Placement resident(ScalarType dtype) {
        return new Placement(dtype, Device.CPU, Residency.RESIDENT);
    }

    /** The same, part by part. */
    public Placement streamed() {
        return new Placement(dtype, device, Residency.STREAMED);
    }
}
