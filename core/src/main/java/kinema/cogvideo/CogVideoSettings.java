package kinema.cogvideo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kinema.cogvideo.files.Part;
import kinema.system.CommonSettings;
import kinema.system.ConditionType;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.ValueType;

/** The settings of a CogVideo request. Their values are those of the authors' script where a request leaves them open. */
final class CogVideoSettings {
    /** The stages of a run as users name them: it can start with each and end with each. */
    enum Level {
        KEYFRAMES(Part.KEYFRAMES, "makes key frames"),
        INTERPOLATE(Part.INTERPOLATION, "makes the frames between 5 key frames"),
        UPSCALE(Part.UPSCALER, "makes pictures large");

        private final Part part;
        private final String purpose;

        Level(Part part, String purpose) {
            this.part = part;
            this.purpose = purpose;
        }

        /** The part with what it adds to the text-to-image model. */
        Part part() {
            return part;
        }

        /** What it does, for people: such as {@code stage upscale makes pictures large}. */
        String purpose() {
            return "stage " + this + " " + purpose;
        }

        /** The name in lower case. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final Setting<Double> TEMPERATURE = Setting.of(
                    "temperature",
                    "how evenly the tokens of small pictures are drawn, but for those of the first frame",
                    ValueType.number(0.01, 100, "between 0.01 and 100"))
            .withStandard(1.05);

    static final Setting<Double> FIRST_FRAME_TEMPERATURE = Setting.of(
                    "first-frame.temperature",
                    "how evenly the tokens of the first frame are drawn, but for its last",
                    ValueType.number(0.01, 100, "between 0.01 and 100"))
            .withStandard(1.0);

    static final Setting<Integer> TOP_CLUSTERS = Setting.of(
                    "top-clusters",
                    "of how many of the likeliest clusters tokens are drawn; 16 for the first frame, 6 for large pictures",
                    ValueType.whole(1, 1_000_000))
            .withStandard(12);

    static final Setting<Double> INNER_TEMPERATURE = Setting.of(
                    "inner-temperature",
                    "how evenly the tokens of a cluster are drawn; 0.89 for the first frame, 0.6 for large pictures",
                    ValueType.number(0.01, 100, "between 0.01 and 100"))
            .withStandard(0.89);

    /** Of the key frames after the first. */
    static final Setting<Double> GUIDANCE = CommonSettings.GUIDANCE.withStandard(3.0);

    /** Of the first frame, which the authors make without. */
    static final Setting<Double> FIRST_FRAME_GUIDANCE = Setting.of(
                    "first-frame.guidance",
                    "how strictly the first frame follows the prompt; for models whose text-to-image model was trained with"
                            + " captions left out",
                    ValueType.number(1, 1000, "between 1 (off) and 1000"))
            .withStandard(1.0);

    static final Setting<Double> INTERPOLATION_GUIDANCE =
            CommonSettings.GUIDANCE.of(CogVideoStages.INTERPOLATE).withStandard(1.0);

    /** Of large pictures, whose tokens are drawn each for itself. */
    static final Setting<Double> UPSCALE_TEMPERATURE = Setting.of(
                    "upscale.temperature",
                    "how evenly the tokens of large pictures are drawn",
                    ValueType.number(0.01, 100, "between 0.01 and 100"))
            .withStandard(1.0);

    static final Setting<Double> TEXT_BIAS = Setting.of(
                    "text-bias",
                    "is added to the attention that frames made without guidance pay to the text",
                    ValueType.number(-100, 100, "between -100 and 100"))
            .withStandard(1.4);

    static final Setting<Double> KEY_RATE = Setting.of(
                    "key-rate",
                    "key frames per second that the model is told of; each round of interpolation doubles it",
                    ValueType.number(0.25, 4, "0.25, 0.5, 1, 2 or 4"))
            .withStandard(1.0);

    static final Setting<Integer> BATCH = Setting.of(
                    "batch",
                    "windows that are interpolated together; other numbers draw other tokens",
                    ValueType.whole(1, 8))
            .withStandard(8);

    static final Setting<Level> FROM = Setting.of(
            "from",
            "the first stage; without it keyframes, or interpolate where a video is given. The others start from a video",
            ValueType.choice(Level.class));

    static final Setting<Integer> ROUNDS = Setting.of(
                    "rounds",
                    "how often the frames of a given video are doubled; at least five of them are needed",
                    ValueType.whole(1, Timeline.LENGTHS.size() - 1))
            .withStandard(1);

    static final Setting<Level> UNTIL = Setting.of(
            "until",
            "the last stage; without it the last whose part the model has. Without upscale small pictures are shown large",
            ValueType.choice(Level.class));

    static final Setting<Boolean> COMPAT = Setting.of(
                    "compat",
                    "whether windows go round the border of given frames and each picture's contrast is stretched, as in"
                            + " the authors' script",
                    ValueType.flag())
            .withStandard(false);

    private static final List<Double> RATES = List.of(0.25, 0.5, 1.0, 2.0, 4.0);

    /** Those for which a model's file may state a value. */
    static final List<Setting<?>> STATED = List.of(
            TEMPERATURE,
            FIRST_FRAME_TEMPERATURE,
            TOP_CLUSTERS,
            INNER_TEMPERATURE,
            GUIDANCE,
            FIRST_FRAME_GUIDANCE,
            INTERPOLATION_GUIDANCE,
            UPSCALE_TEMPERATURE,
            TEXT_BIAS,
            KEY_RATE);

    private CogVideoSettings() {}

    /**
     * All of a checkpoint.
     *
     * @param stated what it states
     * @param last the last stage whose part it has
     */
    static Schema of(Settings stated, Level last) {
        List<Setting<?>> all = new ArrayList<>();
        STATED.forEach(setting -> all.add(with(setting, stated)));
        all.addAll(List.of(BATCH, FROM, ROUNDS, UNTIL.withStandard(last), COMPAT));
        return new Schema(all);
    }

    private static <T> Setting<T> with(Setting<T> setting, Settings stated) {
        return setting.withStandard(stated.get(setting));
    }

    /** The first stage of a request. */
    static Level from(Sampling s) {
        return from(
                s.settings(),
                s.pictures().filter(type -> type == ConditionType.VIDEO).isPresent());
    }

    /** The first stage of a request with these settings, with a video or without. */
    static Level from(Settings s, boolean video) {
        return s.find(FROM).orElse(video ? Level.INTERPOLATE : Level.KEYFRAMES);
    }

    /** The same with so many windows interpolated together. */
    static Settings withBatch(Settings settings, int batch) {
        Map<String, Object> values = new LinkedHashMap<>(settings.values());
        values.put(BATCH.key(), BATCH.encode(batch));
        return new Settings(values);
    }

    /** Refuses more clusters than there are. */
    static void checkClusters(Settings settings, int all) {
        int top = settings.get(TOP_CLUSTERS);
        if (top > all) {
            throw new IllegalArgumentException(
                    "top-clusters must be at most " + all + ", all that the model has, found " + top);
        }
    }

    /** Refuses a rate that the model was not trained on. */
    static void checkRate(Settings settings) {
        double rate = settings.get(KEY_RATE);
        if (!RATES.contains(rate)) {
            throw new IllegalArgumentException("key-rate must be 0.25, 0.5, 1, 2 or 4, found " + rate);
        }
    }
}
