package kinema.train.show1;

import java.util.Optional;
import kinema.show1.Show1Files.Part;
import kinema.show1.Show1Size;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a Show-1 that predict noise, in the order in which each can start from one before.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3 and figure 3</a>
 */
public enum StageKind {
    /** Single pictures from text, which key frames start from. */
    IMAGES(null),
    /** Key frames from text. */
    BASE(Part.BASE),
    /** Frames between two key frames. */
    INTERPOLATION(Part.INTERPOLATION),
    /** The first frame enlarged. */
    FIRST_FRAME(Part.FIRST_FRAME),
    /** A window of frames enlarged. */
    UPSCALING(Part.UPSCALING),
    /** All frames refined in latents. */
    EXPERT(Part.EXPERT);

    /** Timesteps that the expert learns, the first of all. */
    static final int EXPERT_TIMESTEPS = 900;

    private static final long COLOURS = 3;
    private static final String IMAGES_FOLDER = "IF-I-L-v1.0";
    private static final String IMAGES_PIPELINE = "IFPipeline";

    private final @Nullable Part part;

    StageKind(@Nullable Part part) {
        this.part = part;
    }

    /** Which of a model's five checkpoints it is; empty for the one that only starts others. */
    Optional<Part> part() {
        return Optional.ofNullable(part);
    }

    /** The folder of its checkpoint in a model's. */
    String folder() {
        return part == null ? IMAGES_FOLDER : part.folderName();
    }

    /** The class of pipeline that its checkpoint's index names. */
    String pipeline() {
        return part == null ? IMAGES_PIPELINE : part.pipeline();
    }

    /** The checkpoint whose noise schedule it has. */
    Part schedule() {
        return part == null ? Part.BASE : part;
    }

    /** Whether layers join its frames. */
    boolean clips() {
        return this != IMAGES && this != FIRST_FRAME;
    }

    /** Whether it works in latents. */
    boolean latents() {
        return this == EXPERT;
    }

    /** Whether it enlarges, and so is told how noisy the small frames are that it is shown. */
    boolean enlarges() {
        return this == FIRST_FRAME || this == UPSCALING;
    }

    /** From one frame of a clip to the next that it is given. */
    int every() {
        return this == BASE ? Show1Size.KEY_EVERY : 1;
    }

    /** Frames it is given of a clip of so many. */
    int frames(int clip) {
        return switch (this) {
            case IMAGES, FIRST_FRAME -> 1;
            case BASE -> (clip - 1) / Show1Size.KEY_EVERY + 1;
            case INTERPOLATION -> Show1Size.KEY_EVERY + 1;
            case UPSCALING -> Show1Size.WINDOW;
            case EXPERT -> clip;
        };
    }

    /** Channels of its input: the noisy frames and what it is shown beside them. */
    long inChannels(long latentChannels) {
        return switch (this) {
            case IMAGES, BASE -> COLOURS;
            case INTERPOLATION -> 2 * COLOURS + 1; // key frames and a mask
            case FIRST_FRAME, UPSCALING -> 2 * COLOURS; // small frames
            case EXPERT -> latentChannels;
        };
    }

    /** How many timesteps it learns, of {@code all}. */
    int timesteps(int all) {
        return this == EXPERT ? Math.min(EXPERT_TIMESTEPS, all) : all;
    }
}
