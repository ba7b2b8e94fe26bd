package kinema.system;

/**
 * How large a video is.
 *
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param fps frames per second; of no influence on what is generated
 */
public record VideoSize(int width, int height, int frames, double fps) {}
