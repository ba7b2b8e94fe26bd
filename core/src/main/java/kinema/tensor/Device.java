package kinema.tensor;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What computes: the processor, or the first graphics card. Latents and schedulers stay on the processor. */
public enum Device {
    /** The processor. */
    CPU(DeviceType.CPU),
    /** The first graphics card. */
    CUDA(DeviceType.CUDA);

    private final DeviceType type;

    Device(DeviceType type) {
        this.type = type;
    }

    /**
     * Makes sure that this machine and this build of libtorch have the device.
     *
     * @throws IllegalArgumentException when they have not, with what to do
     */
    public void check() {
        if (this == CUDA && !torch.cuda_is_available()) {
            throw new IllegalArgumentException("device cuda is not there: it needs an NVIDIA graphics card and"
                    + " libtorch's CUDA build, which KINEMA_MAVEN_OPTS=-Pgpu takes; device cpu is always there");
        }
    }

    /** The tensor on this device and in this dtype; itself where it is so already. One without contents stays without. */
    public Tensor place(Tensor tensor, ScalarType dtype) {
        return tensor.is_meta() ? tensor.to(dtype) : tensor.to(new org.bytedeco.pytorch.Device(type), dtype);
    }

    /** The name as options write it: {@code cpu} or {@code cuda}. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
