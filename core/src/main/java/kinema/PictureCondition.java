package kinema;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import kinema.system.ConditionType;

/**
 * Pictures that a generation starts from or follows. They may have any size; the video's they are given later.
 *
 * @param type what they are to the generation
 * @param pictures the pictures; their rate is not looked at
 * @param strength of a video to be changed: how much of it is made anew, from 0 for nothing to 1 for everything
 * @param fit how pictures of other proportions are brought to the video's
 * @param name what errors call them, such as their file; empty where they have none
 */
public record PictureCondition(ConditionType type, Video pictures, double strength, Fit fit, String name) {
    /** How much of a video is made anew unless the request says otherwise: the published implementation's default. */
    public static final double DEFAULT_STRENGTH = 0.8;

    /** Checks the number of pictures and the strength. */
    public PictureCondition {
        if (type == ConditionType.IMAGE && pictures.frames().size() != 1) {
            throw new IllegalArgumentException(
                    "an image is one picture, found " + pictures.frames().size());
        }
        if (!(strength >= 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength must be between 0 and 1, found " + strength);
        }
    }

    /**
     * The video starts with the picture in a file, PNG or JPEG.
     *
     * @throws IllegalArgumentException when the file is a video of several pictures
     * @throws RuntimeException as {@link Video#read}
     */
    public static PictureCondition of(Path picture) {
        Video read = Video.read(picture);
        if (read.frames().size() > 1) {
            throw new IllegalArgumentException(
                    picture + " holds " + read.frames().size() + " pictures, expected one;"
                            + " for a video to be changed take PictureCondition.video(Video.read(file), strength)");
        }
        return image(read).withName(picture.toString());
    }

    /** The video starts with this picture. */
    public static PictureCondition of(BufferedImage picture) {
        return image(Video.of(picture));
    }

    /** The video starts with this picture. */
    public static PictureCondition image(Video picture) {
        return new PictureCondition(ConditionType.IMAGE, picture, 1, Fit.STRETCH, "");
    }

    /** The video is this one, changed; a strength of 1 leaves nothing of it. */
    public static PictureCondition video(Video video, double strength) {
        return new PictureCondition(ConditionType.VIDEO, video, strength, Fit.STRETCH, "");
    }

    /** The video follows this one's poses, edges or depths, whichever the model was trained for. */
    public static PictureCondition control(Video video) {
        return new PictureCondition(ConditionType.CONTROL, video, 1, Fit.STRETCH, "");
    }

    /** The same with another way to bring pictures to the video's shape. */
    public PictureCondition withFit(Fit other) {
        return new PictureCondition(type, pictures, strength, other, name);
    }

    /** The same under a name for errors. */
    public PictureCondition withName(String other) {
        return new PictureCondition(type, pictures, strength, fit, other);
    }
}
