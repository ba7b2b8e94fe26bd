package kinema.weights;

import java.util.List;
import java.util.OptionalLong;
import kinema.tensor.Devices;
import kinema.tensor.Precision;

/**
 * How a system loads its networks.
 *
 * @param loras what is added to the denoising network's weights as they are read
 * @param precision what networks compute in
 * @param device what they compute on
 * @param maxMemory bytes a run may take; empty for what the machine has free when it starts
 * @param kept whether the denoising network may stay in memory from one run to the next
 */
public record Loading(List<LoraFile> loras, Precision precision, Devices device, OptionalLong maxMemory, boolean kept) {
    /** As published, nothing added, in 32 bits on the CPU. */
    public static final Loading PLAIN = new Loading(List.of(), Precision.FP32, Devices.CPU, OptionalLong.empty(), true);

    /** Keeps a copy of the list. */
    public Loading {
        loras = List.copyOf(loras);
    }
}
