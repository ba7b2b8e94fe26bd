package kinema.cogvideo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.ValueType;

/** What a CogVideo's {@code model_index.json} may state, in the object {@code _kinema}, for requests that leave it open. */
final class CogVideoStated {
    /** Of the captions that the model was trained on, in English words. */
    static final Setting<String> LANGUAGE = Setting.of("language", "the language of prompts", ValueType.text());

    /** Of a video. */
    static final Setting<Integer> FRAMES =
            Setting.of("frames", "frames of a video", ValueType.whole(5, Integer.MAX_VALUE));

    /** Frames per second of a video. */
    static final Setting<Double> FPS =
            Setting.of("fps", "frames per second", ValueType.number(0.01, 1000, "between 0.01 and 1000"));

    private CogVideoStated() {}

    /**
     * Refuses what cannot be stated.
     *
     * @throws IllegalArgumentException with the key and what is expected
     */
    static void check(Map<String, ?> stated) {
        List<Setting<?>> all = new ArrayList<>(List.of(LANGUAGE, FRAMES, FPS));
        all.addAll(CogVideoSettings.STATED);
        new Schema(all).complete(stated).find(FRAMES).ifPresent(Timeline::of);
    }
}
