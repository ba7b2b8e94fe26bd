package kinema;

/**
 * Takes a video's frames as they are made, so that the whole video is never in memory. Called on the generating thread;
 * what it throws ends the generation.
 */
public interface FrameSink {
    /** Whether all frames stay in memory, which the memory plan then counts. */
    default boolean keepsFrames() {
        return false;
    }

    /** The frames are about to come, {@link Provenance#width} × {@link Provenance#height} pixels each. */
    void begin(Provenance provenance);

    /**
     * The next frame.
     *
     * @param rgb height × width × 3 bytes, rows from the top, pixels from the left; the receiver's to keep
     */
    void frame(byte[] rgb);
}
