package kinema.show1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kinema.system.Stage;

/**
 * The stages of a Show-1 run, in order. Those that sample can be the last of a run.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3 and figure 3</a>
 */
final class Show1Stages {
    /** The prompt becomes the text states of all stages. */
    static final Stage TEXT = new Stage("text", Stage.Kind.TEXT);
    /** Noise becomes key frames, in small pixels. */
    static final Stage BASE = new Stage("base", Stage.Kind.SAMPLE);
    /** Three frames come between each two key frames. */
    static final Stage INTERPOLATE = new Stage("interpolate", Stage.Kind.SAMPLE);
    /** The first frame enlarged. */
    static final Stage FIRST_FRAME = new Stage("first-frame", Stage.Kind.SAMPLE);
    /** All frames enlarged, following the first. */
    static final Stage UPSCALE = new Stage("upscale", Stage.Kind.SAMPLE);
    /** Frames become noisy latents in the final size. */
    static final Stage ENCODE = new Stage("encode", Stage.Kind.ENCODE);
    /** The expert refines the latents. */
    static final Stage REFINE = new Stage("refine", Stage.Kind.SAMPLE);
    /** Latents become frames. */
    static final Stage DECODE = new Stage("decode", Stage.Kind.DECODE);

    /** The cascade's stages as users name them: a run can start with each and end with each. */
    enum Level {
        BASE,
        INTERPOLATE,
        UPSCALE,
        REFINE;

        private Stage first() {
            return switch (this) {
                case BASE -> Show1Stages.BASE;
                case INTERPOLATE -> Show1Stages.INTERPOLATE;
                case UPSCALE -> FIRST_FRAME;
                case REFINE -> ENCODE;
            };
        }

        private Stage last() {
            return switch (this) {
                case BASE -> Show1Stages.BASE;
                case INTERPOLATE -> Show1Stages.INTERPOLATE;
                case UPSCALE -> Show1Stages.UPSCALE;
                case REFINE -> DECODE;
            };
        }

        /** The name in lower case, as a request writes it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final List<Stage> CASCADE =
            List.of(TEXT, BASE, INTERPOLATE, FIRST_FRAME, UPSCALE, ENCODE, REFINE, DECODE);

    private Show1Stages() {}

    /** The stages of a run that starts with a level and ends with one. */
    static List<Stage> of(Level from, Level until) {
        List<Stage> stages = new ArrayList<>(List.of(TEXT));
        stages.addAll(CASCADE.subList(CASCADE.indexOf(from.first()), CASCADE.indexOf(until.last()) + 1));
        return List.copyOf(stages);
    }
}
