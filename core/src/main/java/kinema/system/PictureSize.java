package kinema.system;

/**
 * What the pictures of a request are brought to before a run.
 *
 * @param count how many are used, the first ones
 * @param width pixels per row
 * @param height rows
 */
public record PictureSize(int count, int width, int height) {
    /** The video's size: one picture of an image, else as many as the video has frames. */
    public static PictureSize of(Sampling s) {
        boolean image = s.pictures().filter(type -> type == ConditionType.IMAGE).isPresent();
        return new PictureSize(
                image ? 1 : s.size().frames(), s.size().width(), s.size().height());
    }
}
