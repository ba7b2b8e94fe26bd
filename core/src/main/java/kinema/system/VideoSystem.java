package kinema.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kinema.tensor.Precision;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;

/**
 * A system: models of one design, whose checkpoints it alone knows. It is a package of its own, and one line in the front
 * door's list of systems. Immutable.
 *
 * <p>Its methods take a folder that it {@link #owns}. What they say of damage are {@link kinema.weights.WeightsException}s.
 */
public interface VideoSystem {
    /** Its name: one word in lower case. */
    String name();

    /** The pipelines that the {@code model_index.json} of its published checkpoints name, for people whose index names none of these. */
    List<String> pipelines();

    /**
     * What its checkpoints hold that have no {@code model_index.json}, for people whose folder no system owns: a phrase each,
     * such as {@code model.pt, as the authors give it out}.
     */
    List<String> layouts();

    /** Whether a folder, which is there, holds a checkpoint of it, whole or not; only configs and names of files are looked at. */
    boolean owns(Path folder);

    /** What a checkpoint can do. */
    PipelineRules rules(Path folder);

    /** The shortest numbers in which its models make the same pictures to the eye, for callers who leave the precision open. */
    default Precision shortest() {
        return Precision.FP32;
    }

    /** Whether its denoising network can have matrices in 8 bits. */
    default boolean quantizes() {
        return false;
    }

    /** What a checkpoint is. */
    PipelineDescription describe(Path folder);

    /**
     * Whether a file in a checkpoint's folder is no part of the model, so that its digest leaves it out: it changes no video, or
     * those that it changes tell of it themselves.
     *
     * @param file relative to the folder
     */
    default boolean isBeside(Path file) {
        return false;
    }

    /** Where a checkpoint's parts lie and what their files hold. */
    CheckpointParts parts(Path folder);

    /**
     * Opens a checkpoint.
     *
     * @throws kinema.weights.WeightsException for a missing, damaged or unknown part, or a LoRA of another model
     * @throws IllegalArgumentException for options that the model cannot be opened with
     */
    VideoPipeline open(Path folder, OpenOptions options);

    /**
     * Opens a checkpoint's autoencoder alone; empty where its models have none that is of use on its own.
     *
     * @param options of which precision and device matter
     */
    Optional<VideoCodec> openVae(Path folder, OpenOptions options);

    /**
     * Writes a checkpoint in its authors' own files anew, in the published layout; the numbers stay as they are.
     *
     * @param target a folder that is not there yet, or empty; it appears when it is complete
     * @throws IllegalArgumentException when there is nothing to convert, or the target is in use
     * @throws IOException when the target cannot be written
     */
    void convert(Path folder, Path target, ConversionListener listener) throws IOException;
}
