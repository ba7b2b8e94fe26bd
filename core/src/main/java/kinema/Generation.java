package kinema;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * What a request became, all in memory. Close it when {@link #tensors} was asked for; the rest is plain Java memory.
 *
 * @param video the finished frames
 * @param provenance everything needed to make it again
 * @param tokens number of the prompt's tokens the model saw, end token included
 * @param cutText the end of the prompt that was too long for the model; empty when it saw all
 * @param tensors where the request asked for them: {@code ids} int64 (1, L), {@code prompt_embeds} (1, L, C),
 *     {@code latents_step0} … (1, F, C, h, w) after each step, {@code video} (T, H, W, 3) in [0, 1]; else empty
 */
public record Generation(Video video, Provenance provenance, int tokens, String cutText, Map<String, Tensor> tensors)
        implements AutoCloseable {
    Generation(Video video, Outcome outcome) {
        this(video, outcome.provenance(), outcome.tokens(), outcome.cutText(), outcome.tensors());
    }

    /** Saves the video with its provenance, from which it can be made again; otherwise as {@link Video#save}. */
    public void save(Path file) {
        InstalledStorage.get().save(video, Optional.of(provenance.toJson()), file);
    }

    /** Frees the tensors. */
    @Override
    public void close() {
        tensors.values().forEach(Scopes::free);
    }
}
