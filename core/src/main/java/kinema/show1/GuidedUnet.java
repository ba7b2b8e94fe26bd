package kinema.show1;

import java.util.Arrays;
import kinema.diffusion.Guidance;
import kinema.show1.unet.Dropout;
import kinema.show1.unet.Unet;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A stage's network with all that stays the same from step to step.
 *
 * <p>Axes: B texts (2 with guidance: without the prompt, with it), C channels, F frames, H W rows and columns.
 *
 * @param network predicts
 * @param text of B texts
 * @param guidance from the prediction without the prompt to that with it
 * @param noiseLevel how noisy the condition is, where the network is told; else null
 * @param dropsOut whether {@link Dropout} is active
 */
record GuidedUnet(
        Unet network,
        Unet.Text text,
        Guidance guidance,
        @Nullable Integer noiseLevel,
        boolean dropsOut) {
    /**
     * Predicts the noise for each text and, where the network has more channels, what it says of its variance.
     *
     * @param sample (1, C, F, H, W) float32
     * @param condition (1, …, F, H, W); null for none
     * @param dropout leaves numbers out as in training; null for none
     * @return (B, C or more, F, H, W) float32
     */
    Tensor predict(Tensor sample, @Nullable Tensor condition, int timestep, @Nullable Dropout dropout) {
        return Scopes.keep(() -> {
            Tensor shown = condition == null ? sample : Tensors.cat(1, sample, condition); // (1, …, F, H, W)
            long batch = text.states().size(0);
            return network.forward(
                            shown.expand(batch, -1, -1, -1, -1),
                            alike(batch, timestep),
                            noiseLevel == null ? null : alike(batch, noiseLevel),
                            text,
                            dropout)
                    .to(ScalarType.Float); // (B, …, F, H, W)
        });
    }

    /**
     * Joins the predictions of the noise; the variance is the prompt's alone.
     *
     * @param both (B, C or more, F, H, W), as {@link #predict} gives them
     * @param channels C
     * @return (1, C or more, F, H, W)
     */
    Tensor guide(Tensor both, long channels, int timestep) {
        return Scopes.keep(() -> {
            if (!guidance.active()) {
                return both.alias();
            }
            Tensor noise = guidance.join(both.narrow(1, 0, channels), timestep); // (1, C, F, H, W)
            Tensor variance = both.narrow(0, 1, 1).narrow(1, channels, both.size(1) - channels); // (1, 0 or C, F, H, W)
            return Tensors.cat(1, noise, variance); // (1, C or more, F, H, W)
        });
    }

    private static Tensor alike(long batch, int value) {
        long[] values = new long[Math.toIntExact(batch)];
        Arrays.fill(values, value);
        return Tensors.of(values, batch);
    }
}
