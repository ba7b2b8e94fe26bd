package kinema.nn;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The nonlinear functions that published configs name, element by element. */
public enum Activation {
    /** x · sigmoid(x). */
    SILU,
    /** x · Φ(x) with the exact normal distribution, not its approximation by tanh. */
    GELU;

    /**
     * The function of this name; {@code swish} is SiLU's other one.
     *
     * @throws IllegalArgumentException for an unknown name, listing the known ones
     */
    public static Activation parse(String name) {
        if (name.equals("swish")) {
            return SILU;
        }
        for (Activation activation : values()) {
            if (activation.toString().equals(name)) {
                return activation;
            }
        }
        throw new IllegalArgumentException("unknown activation '" + name + "'; known: "
                + Arrays.stream(values()).map(Activation::toString).collect(Collectors.joining(", ")));
    }

    /**
     * Applies it.
     *
     * @param x any shape
     * @return the shape of {@code x}
     */
    public Tensor of(Tensor x) {
        return switch (this) {
            case SILU -> torch.silu(x);
            case GELU -> torch.gelu(x);
        };
    }

    /** The name as configs write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
