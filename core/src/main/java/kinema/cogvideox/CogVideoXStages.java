package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import kinema.system.Sampling;
import kinema.system.Stage;

/** The stages of a CogVideoX run. */
final class CogVideoXStages {
    /** The prompt becomes text states. */
    static final Stage TEXT = new Stage("text", Stage.Kind.TEXT);
    /** Pictures become latents. */
    static final Stage ENCODE = new Stage("encode", Stage.Kind.ENCODE);
    /** Noise becomes latents, step by step. */
    static final Stage DENOISE = new Stage("denoise", Stage.Kind.SAMPLE);
    /** Latents become frames. */
    static final Stage DECODE = new Stage("decode", Stage.Kind.DECODE);

    private CogVideoXStages() {}

    /** Those of a request, in order. */
    static List<Stage> of(Sampling s) {
        List<Stage> stages = new ArrayList<>(List.of(TEXT));
        if (s.condition().isPresent()) {
            stages.add(ENCODE);
        }
        stages.add(DENOISE);
        stages.add(DECODE);
        return List.copyOf(stages);
    }
}
