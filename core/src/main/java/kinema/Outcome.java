package kinema;

import java.util.Map;
import java.util.Optional;
import kinema.diffusion.Estimates;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * What there is to say of a generation besides its frames. Close it when {@link #tensors} was asked for.
 *
 * @param provenance everything needed to make the video again
 * @param tokens number of the prompt's tokens the model saw, end token included
 * @param cutText the end of the prompt that was too long for the model; empty when it saw all
 * @param tensors where the request asked for them: {@code ids} int64 (1, L), {@code prompt_embeds} (1, L, C),
 *     {@code latents_step0} … (1, F, C, h, w) after each step, {@code video} (T, H, W, 3) in [0, 1]; else empty
 * @param estimates how many steps were estimated; empty where the request has no cache
 */
public record Outcome(
        Provenance provenance, int tokens, String cutText, Map<String, Tensor> tensors, Optional<Estimates> estimates)
        implements AutoCloseable {
    /** Of a run whose steps were all computed. */
    public Outcome(Provenance provenance, int tokens, String cutText, Map<String, Tensor> tensors) {
        this(provenance, tokens, cutText, tensors, Optional.empty());
    }

    /** Frees the tensors. */
    @Override
    public void close() {
        tensors.values().forEach(Scopes::free);
    }
}
