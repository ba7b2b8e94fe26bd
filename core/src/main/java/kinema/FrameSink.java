package kinema;

/**
 * Takes a video's frames as they are made, so that the whole video is never in memory. Called on the generating thread;
 * what it throws ends the generation.
 */
public interface FrameSink {
    /** The frames are about to come, of the {@link Provenance#size}. */
    void begin(Provenance provenance);

    /**
     * The next frame.
     *
     * @param rgb height × width × 3 bytes, rows from the top, pixels from the left; the receiver's to keep
     */
    void frame(byte[] rgb);
}
