package kinema;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import kinema.diffusion.SchedulerType;
import kinema.diffusion.Tile;
import org.jspecify.annotations.Nullable;

/**
 * Everything needed to make a video again.
 *
 * @param model name of the model's folder
 * @param weightsDigest SHA-256 in hex over the folder's files: names, sizes and contents, of very large ones samples
 * @param loras what was added to the denoising network's weights
 * @param prompt what the video shows
 * @param negative what guidance led away from
 * @param seed of the random numbers
 * @param scheduler the sampler
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance
 * @param dynamicGuidance whether guidance varied over the steps
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param fps frames per second
 * @param compat whether the previous timestep was chosen as the Python implementation does
 * @param condition the pictures it started from or followed; null for text alone
 * @param tile the pieces pictures were coded in; null when they were coded whole
 * @param engine version of Kinema
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Provenance(
        String model,
        String weightsDigest,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<LoraNote> loras,
        String prompt,
        String negative,
        long seed,
        SchedulerType scheduler,
        int steps,
        double guidance,
        boolean dynamicGuidance,
        int width,
        int height,
        int frames,
        double fps,
        boolean compat,
        @Nullable PictureNote condition,
        @Nullable Tile tile,
        String engine) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One JSON object on one line, keys as the components are called; without those that are null. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts cannot fail to become JSON", e);
        }
    }
}
