package kinema.show1.unet;

import kinema.nn.Activation;
import kinema.weights.Bounds;

/**
 * What all residual layers of a UNet have in common.
 *
 * @param activation the nonlinear function
 * @param groups of the norms
 * @param eps of the norms
 * @param timeWidth E, width of the time embedding
 * @param scaled whether time scales and shifts the second norm's output; else it is added before that norm
 * @param timeActivated whether the time embedding goes through the activation first
 * @param outScale what the sum with the shortcut is divided by
 */
public record ResnetConfig(
        Activation activation,
        long groups,
        double eps,
        long timeWidth,
        boolean scaled,
        boolean timeActivated,
        double outScale) {
    /** Checks the numbers. */
    public ResnetConfig {
        Bounds.check("norm_num_groups", groups, 1, Bounds.WIDTH);
        Bounds.check("time_embedding_dim", timeWidth, 1, Bounds.WIDTH);
        if (!(eps > 0)) {
            throw new IllegalArgumentException("norm_eps must be positive, found " + eps);
        }
        if (!(outScale > 0)) {
            throw new IllegalArgumentException(
                    "the scale factor of residual layers must be positive, found " + outScale);
        }
    }

    /** The same with another divisor. */
    ResnetConfig withOutScale(double other) {
        return new ResnetConfig(activation, groups, eps, timeWidth, scaled, timeActivated, other);
    }
}
