package kinema.system;

import kinema.diffusion.Estimates;
import org.bytedeco.pytorch.Tensor;

/** Watches a pipeline at work and may end it. */
public interface RunObserver {
    /** What it collects of what it is handed, for the memory plan. */
    Collected collected();

    /**
     * What the network sees of the prompt; told before anything is computed.
     *
     * @param tokens how many of its tokens, end token included
     * @param cutText the end that was too long; empty when it sees all
     */
    void prompt(int tokens, String cutText);

    /** Something about the result that whoever asked for it should know, in a line. */
    void warning(String text);

    /** A stage begins. */
    void stage(Stage stage);

    /** A part of the stage begins that has a name of its own, such as {@code window 2 of 7}. */
    void part(String name);

    /** A step of the stage ended: {@code done} of {@code total}. */
    void step(int done, int total);

    /** Of a stage that makes tokens, many in a step: {@code done} of {@code total} are made, those of all steps together. */
    void tokens(int done, int total);

    /** What the request's user should know of it, a line. */
    void note(String words);

    /** How many steps were estimated; told after the last one, where some may have been. */
    default void estimated(Estimates estimates) {}

    /** Whether {@link #preview} is wanted; else no work is done for it. */
    boolean wantsPreviews();

    /**
     * What the finished video will look like, as far as a step can tell.
     *
     * @param done steps that ended
     * @param pictures small ones, (F, h, w, 3) in [0, 1]; the pipeline's, no longer than the call
     */
    void preview(int done, Tensor pictures);

    /** An intermediate result under its name; the tensor is the pipeline's and lives no longer than the call. */
    void tensor(String name, Tensor tensor);

    /** The next frames of the video, (T, H, W, 3) float32 in [0, 1]; as {@link #tensor} they live no longer than the call. */
    void frames(Tensor frames);

    /** Throws {@link java.util.concurrent.CancellationException} when the generation is to end. */
    void checkCancelled();
}
