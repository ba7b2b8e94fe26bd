package kinema.nn;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * libtorch's autocast on the processor: factors of products and convolutions, and what comes of them, in a short dtype while a network
 * is trained. Of the calling thread alone.
 */
public final class Autocast {
    private Autocast() {}

    /** Whether it is on. */
    static boolean isOn() {
        return torch.is_autocast_enabled(DeviceType.CPU);
    }

    /** What it does to the factors of libtorch's own products, for kernels that it passes over; {@code x} itself where it is off. */
    static Tensor shorten(Tensor x) {
        return isOn() ? x.to(torch.get_autocast_dtype(DeviceType.CPU)) : x;
    }

    /** Computes with it in bf16. */
    public static <T> T inBf16(Supplier<T> body) {
        ScalarType dtype = torch.get_autocast_dtype(DeviceType.CPU);
        boolean cached = torch.is_autocast_cache_enabled();
        torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
        torch.set_autocast_cache_enabled(false); // of weights, which every step changes
        try {
            return switched(true, body);
        } finally {
            torch.set_autocast_dtype(DeviceType.CPU, dtype);
            torch.set_autocast_cache_enabled(cached);
        }
    }

    /** Computes without it. */
    public static <T> T without(Supplier<T> body) {
        return switched(false, body);
    }

    private static <T> T switched(boolean on, Supplier<T> body) {
        boolean before = isOn();
        torch.set_autocast_enabled(DeviceType.CPU, on);
        try {
            return body.get();
        } finally {
            torch.set_autocast_enabled(DeviceType.CPU, before);
        }
    }
}
