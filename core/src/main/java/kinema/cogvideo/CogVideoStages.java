package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.CogVideoSettings.Level;
import kinema.system.Sampling;
import kinema.system.Stage;

/** The stages of a CogVideo run. */
final class CogVideoStages {
    /** The prompt becomes tokens. */
    static final Stage TEXT = new Stage("text", Stage.Kind.TEXT);
    /** A picture becomes the tokens of the first frame. */
    static final Stage ENCODE = new Stage("encode", Stage.Kind.ENCODE);
    /** Five frames, one after the other. */
    static final Stage KEYFRAMES = new Stage("keyframes", Stage.Kind.SAMPLE);
    /** Frames between those there are, round by round. */
    static final Stage INTERPOLATE = new Stage("interpolate", Stage.Kind.SAMPLE);
    /** Tokens of large pictures, frame by frame. */
    static final Stage UPSCALE = new Stage("upscale", Stage.Kind.SAMPLE);
    /** Tokens become frames. */
    static final Stage DECODE = new Stage("decode", Stage.Kind.DECODE);

    private CogVideoStages() {}

    /** Those of a request, in order. */
    static List<Stage> of(Sampling s) {
        List<Stage> stages = new ArrayList<>(List.of(TEXT));
        if (s.condition().isPresent()) {
            stages.add(ENCODE);
        }
        Timeline timeline = Timeline.of(s);
        Level from = CogVideoSettings.from(s);
        if (from == Level.KEYFRAMES) {
            stages.add(KEYFRAMES);
        }
        if (from != Level.UPSCALE && timeline.rounds() > timeline.begun()) {
            stages.add(INTERPOLATE);
        }
        if (s.settings().get(CogVideoSettings.UNTIL) == Level.UPSCALE) {
            stages.add(UPSCALE);
        }
        stages.add(DECODE);
        return List.copyOf(stages);
    }
}
