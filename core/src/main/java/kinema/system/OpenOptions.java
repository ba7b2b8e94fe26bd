package kinema.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.weights.LoraFile;

/**
 * How a model is opened. Start from {@link #DEFAULT}.
 *
 * @param loras what is added to the denoising network's weights, in order
 * @param precision what networks compute in, whatever their files store
 * @param device what they compute on
 * @param maxMemory bytes a generation may take, beside files that are mapped; empty for what the machine has free
 * @param kept whether the denoising network may stay in memory for the next request, where it fits beside the others; of
 *     no use where one request is all
 */
public record OpenOptions(
        List<LoraFile> loras, Precision precision, Device device, OptionalLong maxMemory, boolean kept) {
    /** The model as published, in 32 bits on the CPU, in the memory that is free, for several requests. */
    public static final OpenOptions DEFAULT =
            new OpenOptions(List.of(), Precision.FP32, Device.CPU, OptionalLong.empty(), true);

    /** Keeps a copy of the list. */
    public OpenOptions {
        loras = List.copyOf(loras);
        if (maxMemory.isPresent() && maxMemory.getAsLong() < 1) {
            throw new IllegalArgumentException(
                    "the memory that may be used must be at least one byte, found " + maxMemory.getAsLong());
        }
    }

    /**
     * One LoRA more.
     *
     * @param file its weights
     * @param scale what its change is multiplied by; 1 is as trained
     */
    public OpenOptions withLora(Path file, double scale) {
        List<LoraFile> more = new ArrayList<>(loras);
        more.add(new LoraFile(file, scale));
        return withLoras(more);
    }

    /** These LoRAs and no others. */
    public OpenOptions withLoras(List<LoraFile> loras) {
        return new OpenOptions(loras, precision, device, maxMemory, kept);
    }

    /** Another precision. */
    public OpenOptions withPrecision(Precision other) {
        return new OpenOptions(loras, other, device, maxMemory, kept);
    }

    /** Another device. */
    public OpenOptions withDevice(Device other) {
        return new OpenOptions(loras, precision, other, maxMemory, kept);
    }

    /** At most so many bytes. */
    public OpenOptions withMaxMemory(long bytes) {
        return new OpenOptions(loras, precision, device, OptionalLong.of(bytes), kept);
    }

    /** Whether the denoising network may stay in memory for the next request. */
    public OpenOptions withKept(boolean keep) {
        return new OpenOptions(loras, precision, device, maxMemory, keep);
    }
}
