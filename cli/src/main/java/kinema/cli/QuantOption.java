package kinema.cli;

import kinema.system.OpenOptions;
import kinema.tensor.Quantization;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** In how many bits a model's largest matrices are, as an option. */
final class QuantOption {
    @Option(
            names = "--quant",
            paramLabel = "int8|off",
            description =
                    "Keep and multiply the matrices of a CogVideoX's transformer blocks in 8 bits: 0.6 of the memory"
                            + " of 16, faster where the processor has AVX-512-VNNI, slower elsewhere; pictures differ. Default: off, or"
                            + " as a video that goes on or is made again was made.")
    private @Nullable Quantization quant;

    /**
     * The same options with it.
     *
     * @param before what it was before; null for nothing
     */
    OpenOptions with(OpenOptions options, @Nullable Quantization before) {
        Quantization chosen = quant == null ? before : quant;
        return chosen == null ? options : options.withQuantization(chosen);
    }
}
