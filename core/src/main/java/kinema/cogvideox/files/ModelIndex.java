package kinema.cogvideox.files;

import com.fasterxml.jackson.databind.JsonNode;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.SamplingDefaults;
import kinema.diffusion.SchedulerType;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * A checkpoint's {@code model_index.json}: the class of each part, as {@code [library, class]}, and, in models made
 * with this engine, their own defaults in the object {@code _kinema}.
 */
public final class ModelIndex {
    private static final int STEPS = 50;
    private static final double GUIDANCE = 6;
    private static final double FPS = 8;
    private static final double FPS_1_5 = 16;

    /** What some published 1.5 image-to-video configs state as rows and columns of the latents, for no size in particular. */
    private static final long NO_SIZE = 300;

    private final ConfigFile file;

    /** An index that has been read. */
    public ModelIndex(ConfigFile file) {
        this.file = file;
    }

    /** The class of the pipeline the model was published for. */
    public String pipeline() {
        return file.text("_class_name", "");
    }

    /** The error for a pipeline that is not known. */
    public WeightsException unknownPipeline() {
        return new WeightsException(file.file() + ": '" + pipeline() + "' is no CogVideoX pipeline");
    }

    /**
     * The class of a part.
     *
     * @throws WeightsException when the index does not name one
     */
    public String part(String name) {
        JsonNode node = file.node(name);
        if (node.size() != 2 || !node.path(1).isTextual()) {
            throw new WeightsException(file.file() + ": '" + name + "' must be [library, class], found "
                    + (node.isMissingNode() ? "nothing" : node));
        }
        return node.path(1).asText();
    }

    /** The error for a part of a class that is not known. */
    public WeightsException unknown(String name, String known) {
        return new WeightsException(file.file() + ": unknown " + name + " '" + part(name) + "'; known: " + known);
    }

    /** The sampler the index names. */
    SchedulerType scheduler() {
        return switch (part("scheduler")) {
            case "CogVideoXDDIMScheduler" -> SchedulerType.DDIM;
            case "CogVideoXDPMScheduler" -> SchedulerType.DPM;
            default -> throw unknown("scheduler", "CogVideoXDDIMScheduler, CogVideoXDPMScheduler");
        };
    }

    /** The model's own settings: those it states, else those its authors recommend. */
    public SamplingDefaults defaults(TransformerConfig t, VaeConfig v) {
        JsonNode own = file.node("_kinema");
        boolean noSize = t.sampleWidth() == NO_SIZE && t.sampleHeight() == NO_SIZE;
        TransformerConfig size = noSize ? TransformerConfig.COGVIDEOX_1_5_5B_I2V : t;
        return new SamplingDefaults(
                scheduler(),
                own.path("steps").asInt(STEPS),
                own.path("guidance").asDouble(GUIDANCE),
                own.path("width").asInt(Math.toIntExact(size.sampleWidth() * v.spatialCompression())),
                own.path("height").asInt(Math.toIntExact(size.sampleHeight() * v.spatialCompression())),
                own.path("frames").asInt(Math.toIntExact(t.sampleFrames())),
                own.path("fps").asDouble(t.patchFrames() > 0 ? FPS_1_5 : FPS));
    }
}
