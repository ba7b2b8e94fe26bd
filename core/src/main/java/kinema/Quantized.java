package kinema;

import java.util.Optional;
import kinema.nn.OneDnn;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Device;
import kinema.tensor.Quantization;

/**
 * Who can have matrices in 8 bits, and what comes of it here.
 *
 * @param options a model is to be opened with
 * @param instructions for products of 8-bit integers; empty where there are none
 */
record Quantized(OpenOptions options, Optional<String> instructions) {
    static Quantized onMachine(OpenOptions options) {
        return new Quantized(options, isAsked(options) ? OneDnn.byteProducts() : Optional.empty());
    }

    /**
     * Makes sure that a system's model can be opened so.
     *
     * @throws IllegalArgumentException when it cannot, with what to do
     */
    void require(VideoSystem system) {
        if (!isAsked(options)) {
            return;
        }
        String asked = "quant " + options.quantization();
        if (!system.quantizes()) {
            throw new IllegalArgumentException("models of " + system.name()
                    + " have no matrices that may be in 8 bits, found " + asked + "; leave it out");
        }
        if (options.device() != Device.CPU) {
            throw new IllegalArgumentException(asked + " is for the processor, found device " + options.device()
                    + "; open the model on the processor, or without it where a new video is made");
        }
    }

    /** What it does here; empty where it is not asked for. */
    Optional<String> note() {
        return !isAsked(options)
                ? Optional.empty()
                : Optional.of("the largest matrices of the denoising network are in 8 bits, "
                        + instructions
                                .map(name -> "for which this processor has " + name)
                                .orElse("which saves memory and costs time, as no instructions for them are used here")
                        + "; pictures differ from those without");
    }

    private static boolean isAsked(OpenOptions options) {
        return options.quantization() != Quantization.OFF;
    }
}
