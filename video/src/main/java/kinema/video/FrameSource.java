package kinema.video;

import org.jspecify.annotations.Nullable;

/** Frames of one size from one kind of input. */
interface FrameSource extends AutoCloseable {
    int width();

    int height();

    double fps();

    /** The next frame as packed RGB in a new array, or null after the last. */
    byte @Nullable [] next();

    @Override
    void close();
}
