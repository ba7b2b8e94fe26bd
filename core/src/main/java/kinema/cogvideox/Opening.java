package kinema.cogvideox;

import java.util.ArrayDeque;
import java.util.Deque;

/** Parts opened one after another; closes them again, the last first, unless all could be opened. */
public final class Opening implements AutoCloseable {
    private final Deque<Runnable> opened = new ArrayDeque<>();

    /** Takes note of how to close a part that is open now. */
    void closeWith(Runnable close) {
        opened.push(close);
    }

    /** All parts are open and stay so. */
    void succeeded() {
        opened.clear();
    }

    @Override
    public void close() {
        opened.forEach(Runnable::run);
    }
}
