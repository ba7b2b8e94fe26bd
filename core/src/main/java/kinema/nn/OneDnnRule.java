package kinema.nn;

import java.util.Optional;
import kinema.tensor.Processor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What is known of oneDNN on which processor, before it computes anything.
 *
 * @param processor of this machine
 * @param setting {@code auto}; {@code on} to go by oneDNN although a rule here doubts it; {@code off} not to
 */
record OneDnnRule(Processor processor, String setting) {
    private static final String PROPERTY = "kinema.onednn";

    OneDnnRule {
        if (!setting.matches("auto|on|off")) {
            throw new IllegalArgumentException(
                    "-D" + PROPERTY + " must be auto, on or off, found '" + setting + "'; leave it out for auto");
        }
    }

    static OneDnnRule ofMachine() {
        return new OneDnnRule(Processor.ofMachine(), System.getProperty(PROPERTY, "auto"));
    }

    /**
     * Why oneDNN cannot be tried at all; empty where nothing speaks against it. oneDNN sizes its blocks by each core's
     * part of the caches, which on AMD it reads off the processor itself: sizes of 0 give wrong numbers or end the
     * process, and so does one thread where the processor says that two share the first cache, as 1 / 2 is 0 cores.
     */
    Optional<String> doubt() {
        if (setting.equals("off")) {
            return Optional.of("-D" + PROPERTY + "=off asks for it");
        }
        if (setting.equals("on") || !processor.isAmd()) {
            return Optional.empty();
        }
        if (!processor.cachesKnown()) {
            return Optional.of("this AMD processor hides the sizes of its caches");
        }
        return processor.siblings() == 1
                ? Optional.of("it may divide by zero on an AMD processor of one thread")
                : Optional.empty();
    }

    /**
     * Whether matrix products in float32 are faster as oneDNN's convolutions than as MKL's products: twice as fast on AMD
     * with AVX-512; 0.4 to 1.04 times as fast on AMD with AVX2, 0.8 times on Intel with AVX-512 and AMX.
     */
    boolean multiplies() {
        return processor.isAmd() && processor.has("avx512f");
    }

    /**
     * Whether libtorch's fused attention is fast in this dtype here. In bf16 it is with AMX alone: its small products reach 6
     * GFLOPS with AVX-512-BF16, where float32 has 150, and 2 of 45 without.
     */
    boolean attends(ScalarType dtype) {
        return convolves(dtype) && (dtype != ScalarType.BFloat16 || processor.has("amx_bf16"));
    }

    /** Whether oneDNN's products of 8-bit integers are fast here: 430 GFLOPS with AVX-512-VNNI where bf16 has 208. */
    boolean sumsBytes() {
        return processor.byteProducts().isPresent();
    }

    /** Whether oneDNN convolves in this dtype here. */
    boolean convolves(ScalarType dtype) {
        return switch (dtype) {
            case Float -> true;
            case BFloat16 -> processor.has("avx512bw", "avx512vl", "avx512dq");
            case Half -> processor.has("avx512_fp16");
            default -> false;
        };
    }
}
