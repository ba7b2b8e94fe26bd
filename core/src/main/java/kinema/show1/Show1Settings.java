package kinema.show1;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import kinema.show1.Show1Stages.Level;
import kinema.system.CommonSettings;
import kinema.system.Sampling;
import kinema.system.Schema;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.Stage;
import kinema.system.ValueType;

/**
 * The settings of a Show-1 request. Steps, guidance and noise levels are the authors': their script's, or those of their
 * web page, which takes fewer steps.
 */
final class Show1Settings {
    /** The authors' two sets of steps. */
    enum Preset {
        SCRIPT(75, 75, 70, 125),
        APP(75, 50, 50, 50);

        private final int base;
        private final int interpolate;
        private final int firstFrame;
        private final int upscale;

        Preset(int base, int interpolate, int firstFrame, int upscale) {
            this.base = base;
            this.interpolate = interpolate;
            this.firstFrame = firstFrame;
            this.upscale = upscale;
        }

        /** The name in lower case, as a request writes it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int MOST_STEPS = 1000;
    private static final int KEY_WIDTH_PUBLISHED = 64;
    private static final int KEY_HEIGHT_PUBLISHED = 40;

    static final Setting<Level> FROM = Setting.of(
            "from",
            "the first stage; without it base, or refine where a video is given. The others start from a video too:"
                    + " interpolate from key frames, upscale from small frames",
            ValueType.choice(Level.class));
    static final Setting<Level> UNTIL =
            Setting.of("until", "the last stage", ValueType.choice(Level.class)).withStandard(Level.REFINE);
    static final Setting<Preset> PRESET = Setting.of(
                    "preset",
                    "whose steps are taken where they are left open: those of the authors' script or of their web page",
                    ValueType.choice(Preset.class))
            .withStandard(Preset.SCRIPT);
    static final Setting<Integer> KEY_WIDTH = Setting.of(
                    "key-width", "pixels per row of the key frames", ValueType.whole(1, Show1Size.MOST))
            .withStandard(KEY_WIDTH_PUBLISHED);
    static final Setting<Integer> KEY_HEIGHT = Setting.of(
                    "key-height", "rows of the key frames", ValueType.whole(1, Show1Size.MOST))
            .withStandard(KEY_HEIGHT_PUBLISHED);

    static final Setting<Integer> SCALE = Setting.of(
                    "scale", "how much larger rows and columns become", ValueType.whole(1, Show1Size.MOST_SCALE))
            .of(Show1Stages.UPSCALE)
            .withStandard(Show1Size.SCALE);

    static final Setting<Integer> BASE_STEPS = steps(Show1Stages.BASE);
    static final Setting<Integer> INTERPOLATE_STEPS = steps(Show1Stages.INTERPOLATE);
    static final Setting<Integer> FIRST_FRAME_STEPS = steps(Show1Stages.FIRST_FRAME);
    static final Setting<Integer> UPSCALE_STEPS = steps(Show1Stages.UPSCALE);
    static final Setting<Integer> REFINE_STEPS = steps(Show1Stages.REFINE).withStandard(50);

    static final Setting<Double> BASE_GUIDANCE = guidance(Show1Stages.BASE, 9);
    static final Setting<Double> INTERPOLATE_GUIDANCE = guidance(Show1Stages.INTERPOLATE, 4);
    static final Setting<Double> FIRST_FRAME_GUIDANCE = guidance(Show1Stages.FIRST_FRAME, 4);
    static final Setting<Double> UPSCALE_GUIDANCE = guidance(Show1Stages.UPSCALE, 7);
    static final Setting<Double> REFINE_GUIDANCE = guidance(Show1Stages.REFINE, 15);

    static final Setting<Integer> FIRST_FRAME_NOISE = noise(Show1Stages.FIRST_FRAME, 150);
    static final Setting<Integer> UPSCALE_NOISE = noise(Show1Stages.UPSCALE, 250);

    static final Setting<Double> STRENGTH = Setting.of(
                    "strength",
                    "the part of the steps that are taken, the last ones",
                    ValueType.number(0, 1, "between 0 and 1"))
            .of(Show1Stages.REFINE)
            .withStandard(0.8);
    static final Setting<Boolean> KEEP = Setting.of(
                    "keep",
                    "whether key frames stay as they are; if not, they are made anew with the frames between them, as the"
                            + " authors have it",
                    ValueType.flag())
            .of(Show1Stages.INTERPOLATE)
            .withStandard(false);
    static final Setting<Boolean> COMPAT = Setting.of(
                    "compat",
                    "whether the key frames' network leaves numbers out at random as in training (dropout), as in the authors'"
                            + " script, and key frames are made anew",
                    ValueType.flag())
            .withStandard(false);
    static final Setting<String> NEGATIVE = CommonSettings.NEGATIVE.withStandard("low resolution, blur");

    private static final List<Setting<?>> ALL = List.of(
            FROM,
            UNTIL,
            PRESET,
            KEY_WIDTH,
            KEY_HEIGHT,
            BASE_STEPS,
            BASE_GUIDANCE,
            INTERPOLATE_STEPS,
            INTERPOLATE_GUIDANCE,
            KEEP,
            FIRST_FRAME_STEPS,
            FIRST_FRAME_GUIDANCE,
            FIRST_FRAME_NOISE,
            SCALE,
            UPSCALE_STEPS,
            UPSCALE_GUIDANCE,
            UPSCALE_NOISE,
            REFINE_STEPS,
            REFINE_GUIDANCE,
            STRENGTH,
            NEGATIVE,
            COMPAT);

    private Show1Settings() {}

    /**
     * All of them, with a model's own values.
     *
     * @param own by key; empty where the model has none
     * @throws IllegalArgumentException for one that a setting must not have
     */
    static Schema of(Function<String, Optional<String>> own) {
        return new Schema(ALL.stream()
                .<Setting<?>>map(setting -> own.apply(setting.key())
                        .<Setting<?>>map(setting::withOwn)
                        .orElse(setting))
                .toList());
    }

    /** The first stage of a request. */
    static Level from(Sampling s) {
        return from(s.settings(), s.condition().isPresent());
    }

    /** The first stage of a request with these settings, with a video or without. */
    static Level from(Settings s, boolean video) {
        return s.find(FROM).orElse(video ? Level.REFINE : Level.BASE);
    }

    /** The steps of a stage: those that are set, else its preset's. */
    static int steps(Settings s, Setting<Integer> setting) {
        Preset preset = s.get(PRESET);
        return s.find(setting).orElseGet(() -> switch (setting.key()) {
            case "base.steps" -> preset.base;
            case "interpolate.steps" -> preset.interpolate;
            case "first-frame.steps" -> preset.firstFrame;
            default -> preset.upscale;
        });
    }

    private static Setting<Integer> steps(Stage stage) {
        return CommonSettings.STEPS.within(ValueType.whole(1, MOST_STEPS)).of(stage);
    }

    private static Setting<Double> guidance(Stage stage, double standard) {
        return CommonSettings.GUIDANCE.of(stage).withStandard(standard);
    }

    private static Setting<Integer> noise(Stage stage, int standard) {
        return Setting.of(
                        "noise-level",
                        "timestep up to whose noise the small frames are made noisy",
                        ValueType.whole(0, MOST_STEPS - 1))
                .of(stage)
                .withStandard(standard);
    }
}
