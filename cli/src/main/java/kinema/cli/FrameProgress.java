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

    /** Starts a phase in which no frames are counted. */
    void phase(String name) {
        display.phase(name);
        checkCancelled();
    }

    /** Starts a phase of so many frames. */
    void phase(String name, long frames) {
        display.phase(name, "frame");
        done = 0;
        total = Math.toIntExact(frames);
        checkCancelled();
    }

    /** Shows a frame of the phase as done. */
    void frame() {
        checkCancelled();
        display.step(++done, total);
    }

    /** Shows a line of its own. */
    void note(String text) {
        display.note(text);
    }

    /** Ends the last phase; all is done. */
    void finish() {
        display.close();
    }

    /** Leaves a phase that failed, if there is one. */
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
