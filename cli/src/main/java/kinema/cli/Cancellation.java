package kinema.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The user's wish to stop, from Ctrl-C or a termination signal to the running command.
 *
 * <p>The JVM answers both signals by running its shutdown hooks, then ends with 130 or 143. The hook asks the command to stop
 * and holds the JVM back until it has cleaned up. Safe for several threads.
 */
final class Cancellation {
    /** A step of a large model can take minutes; what is unfinished then is removed by its writer's own hook. */
    private static final long PATIENCE_SECONDS = 20;

    private static final long AT_ONCE_SECONDS = 1;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean requested;

    /** Asks the command to stop at its next step. */
    void request() {
        requested = true;
    }

    /** Whether to stop. */
    boolean requested() {
        return requested;
    }

    /** Tells that the command has ended and cleaned up, so that the JVM may go. */
    void commandEnded() {
        ended.countDown();
    }

    /**
     * Listens for this process's signals.
     *
     * @param err told when the command cannot stop at once
     */
    void listenForSignals(PrintWriter err) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopCommand(err), "kinema-cancel"));
    }

    private void stopCommand(PrintWriter err) {
        request();
        try {
            if (!ended.await(AT_ONCE_SECONDS, TimeUnit.SECONDS)) {
                err.println();
                err.println("kinema: stopping after this step");
                ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
