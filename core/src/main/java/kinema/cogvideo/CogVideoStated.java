package kinema.cogvideo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.ValueType;

/** What a CogVideo's {@code model_index.json} may state, in the object {@code _kinema}, for requests that leave it open. */
final class CogVideoStated {
    /** Of the captions that the model was trained on, in English words. */
    static final Setting<String> LANGUAGE =
            Setting.of("language", "the language of prompts", ValueType.text()).withStandard("simplified Chinese");

    /** Of a video. */
    static final Setting<Integer> FRAMES = Setting.of(
                    "frames", "frames of a video", ValueType.whole(1, Integer.MAX_VALUE))
            .withStandard(33);

    /** Frames per second of a video: of the last round, from one key frame a second. */
    static final Setting<Double> FPS = Setting.of(
                    "fps", "frames per second", ValueType.number(0.01, 1000, "between 0.01 and 1000"))
            .withStandard(8.0);

    private CogVideoStated() {}

    /**
     * All that may be stated, with the authors' values for what is not; of clusters no more than there are.
     *
     * @param stated by key
     * @param clusters of the image tokens
     * @throws IllegalArgumentException for a key that is unknown or a value that cannot be, with what can
     */
    static Settings of(Map<String, ?> stated, int clusters) {
        Map<String, Object> given = new LinkedHashMap<>(stated);
        String top = CogVideoSettings.TOP_CLUSTERS.key();
        CogVideoSettings.TOP_CLUSTERS.standard().ifPresent(usual -> given.putIfAbsent(top, Math.min(usual, clusters)));
        List<Setting<?>> all = new ArrayList<>(List.of(LANGUAGE, FRAMES, FPS));
        all.addAll(CogVideoSettings.STATED);
        List<String> keys = all.stream().map(Setting::key).toList();
        stated.forEach((key, value) -> {
            if (!keys.contains(key)) {
                throw new IllegalArgumentException(
                        "a model cannot state '" + key + "'; it may state " + String.join(", ", keys));
            }
            if (!(value instanceof Number || value instanceof CharSequence)) {
                throw new IllegalArgumentException(key + " must be a number or a word, found " + value);
            }
        });
        Settings whole = new Schema(all).complete(given);
        Timeline.of(whole.get(FRAMES));
        CogVideoSettings.checkRate(whole);
        CogVideoSettings.checkClusters(whole, clusters);
        return whole;
    }
}
