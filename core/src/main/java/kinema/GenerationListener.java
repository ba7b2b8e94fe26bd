package kinema;

import kinema.system.Stage;

/**
 * Watches a generation and may end it. Called on the generating thread; every method does nothing unless overridden. An
 * exception of a listener ends the generation.
 */
public interface GenerationListener {
    /** Watches nothing. */
    GenerationListener NONE = new GenerationListener() {};

    /**
     * What the model sees of the prompt; told before anything is computed, so that one which is too long costs no time.
     *
     * @param tokens how many of its tokens, end token included
     * @param cutText the end that was too long; empty when it sees all
     */
    default void prompt(int tokens, String cutText) {}

    /** Something about the video that whoever asked for it should know, in a line; it is made all the same. */
    default void warning(String text) {}

    /**
     * Unfinished work could not be saved, as on a full disk. The run goes on, and tries again when work is to be saved; told
     * once.
     *
     * @param why in words, with the folder
     */
    default void unsaved(String why) {}

    /**
     * A stage begins: number {@code number} of {@code count}, from 1. A run that goes on from kept work passes over the first.
     */
    default void stage(Stage stage, int number, int count) {}

    /** A part of the current stage begins that has a name of its own, such as {@code window 2 of 7}. */
    default void part(String name) {}

    /** A step of the current stage ended: {@code done} of {@code total}. */
    default void step(int done, int total) {}

    /** Of a stage that makes tokens, many in a step: {@code done} of {@code total} are made, those of all steps together. */
    default void tokens(int done, int total) {}

    /** What the request's user should know of it, a line, such as that the model does not read the prompt's language. */
    default void note(String words) {}

    /** Whether {@link #preview} is wanted after every denoising step; the first costs a little more than the others. */
    default boolean wantsPreviews() {
        return false;
    }

    /**
     * What the finished video will look like, as far as a denoising step can tell: one small picture for each latent
     * frame, one pixel for each latent point: mostly an eighth of the video's width and height and a quarter of its frames.
     * Colours are near to the finished ones, details are not there. Comes after {@link #step}.
     *
     * @param done steps that ended
     * @param preview the pictures, at a rate that makes them last as long as the video
     */
    default void preview(int done, Video preview) {}

    /** Asked between steps; {@code true} ends the generation with a {@link java.util.concurrent.CancellationException}. */
    default boolean cancelled() {
        return false;
    }
}
