package kinema.video;

/** Turns RGB frames into one kind of output under the name it was opened with. */
interface FrameEncoder extends AutoCloseable {
    /** Takes the next frame; its length has been checked. */
    void add(byte[] rgb);

    /** Writes whatever is still held back and completes the output. Called once, after the last frame. */
    void finish();

    /** Frees everything, finished or not. */
    @Override
    void close();
}
