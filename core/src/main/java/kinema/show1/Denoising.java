package kinema.show1;

import java.util.Optional;
import kinema.show1.Show1Files.Part;
import kinema.system.Setting;
import kinema.system.Settings;
import kinema.system.Stage;
import org.jspecify.annotations.Nullable;

/** The stages that denoise, in order: what differs between them as data. */
enum Denoising {
    BASE(Part.BASE, "base"),
    INTERPOLATE(Part.INTERPOLATION, "interp_window0"),
    FIRST_FRAME(Part.FIRST_FRAME, "if2"),
    UPSCALE(Part.UPSCALING, "sr1_window0"),
    REFINE(Part.EXPERT, "sr2");

    private final Part part;
    private final String shown;

    Denoising(Part part, String shown) {
        this.part = part;
        this.shown = shown;
    }

    /**
     * The one of a stage.
     *
     * @throws IllegalArgumentException when no such stage denoises
     */
    static Denoising of(String stage) {
        for (Denoising d : values()) {
            if (d.stage().name().equals(stage)) {
                return d;
            }
        }
        throw new IllegalArgumentException("no stage '" + stage + "' of Show-1 denoises");
    }

    Stage stage() {
        return switch (this) {
            case BASE -> Show1Stages.BASE;
            case INTERPOLATE -> Show1Stages.INTERPOLATE;
            case FIRST_FRAME -> Show1Stages.FIRST_FRAME;
            case UPSCALE -> Show1Stages.UPSCALE;
            case REFINE -> Show1Stages.REFINE;
        };
    }

    /** The checkpoint whose network it is. */
    Part part() {
        return part;
    }

    /** What the steps of its first window are called for observers. */
    String shown() {
        return shown;
    }

    /** Whether what it makes are pictures. */
    boolean isInPixels() {
        return this != REFINE;
    }

    double guidance(Settings s) {
        return s.get(
                switch (this) {
                    case BASE -> Show1Settings.BASE_GUIDANCE;
                    case INTERPOLATE -> Show1Settings.INTERPOLATE_GUIDANCE;
                    case FIRST_FRAME -> Show1Settings.FIRST_FRAME_GUIDANCE;
                    case UPSCALE -> Show1Settings.UPSCALE_GUIDANCE;
                    case REFINE -> Show1Settings.REFINE_GUIDANCE;
                });
    }

    int steps(Settings s) {
        return switch (this) {
            case BASE -> Show1Settings.steps(s, Show1Settings.BASE_STEPS);
            case INTERPOLATE -> Show1Settings.steps(s, Show1Settings.INTERPOLATE_STEPS);
            case FIRST_FRAME -> Show1Settings.steps(s, Show1Settings.FIRST_FRAME_STEPS);
            case UPSCALE -> Show1Settings.steps(s, Show1Settings.UPSCALE_STEPS);
            case REFINE -> s.get(Show1Settings.REFINE_STEPS);
        };
    }

    /** Whether its network leaves numbers out as in training: key frames, as the authors' script has it. */
    boolean dropsOut(Settings s) {
        return this == BASE && s.get(Show1Settings.COMPAT);
    }

    /** How noisy the small frames are made that it is shown; empty where it is shown none. */
    Optional<Integer> noiseLevel(Settings s) {
        @Nullable
        Setting<Integer> setting = switch (this) {
            case FIRST_FRAME -> Show1Settings.FIRST_FRAME_NOISE;
            case UPSCALE -> Show1Settings.UPSCALE_NOISE;
            case BASE, INTERPOLATE, REFINE -> null;
        };
        return Optional.ofNullable(setting).map(s::get);
    }
}
