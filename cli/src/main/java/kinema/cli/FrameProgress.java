package kinema.cli;

import java.util.concurrent.CancellationException;

/** Shows how far a command is through the frames of a video, and ends it at the next frame when the user wants to stop. */
final class FrameProgress implements AutoCloseable {
    private final ProgressDisplay display;
    private final Cancellation cancellation;
    private int done;
    private int total;

    FrameProgress(Console console) {
        display = new ProgressDisplay(console.err(), console.terminal());
        cancellation = console.cancellation();
    }

    /** Starts a stage in which no frames are counted. */
    void stage(String name) {
        display.stage(name);
        checkCancelled();
    }

    /** Starts a stage of so many frames. */
    void stage(String name, long frames) {
        display.stage(name, "frame");
        done = 0;
        total = Math.toIntExact(frames);
        checkCancelled();
    }

    /** Shows a frame of the stage as done. */
    void frame() {
        checkCancelled();
        display.step(++done, total);
    }

    /** Shows a line of its own. */
    void note(String text) {
        display.note(text);
    }

    /** Ends the last stage; all is done. */
    void finish() {
        display.close();
    }

    /** Leaves a stage that failed, if there is one. */
    @Override
    public void close() {
        display.abandon();
    }

    /** Throws when the user wants to stop. */
    void checkCancelled() {
        if (cancellation.requested()) {
            throw new CancellationException("the coding was cancelled");
        }
    }
}
