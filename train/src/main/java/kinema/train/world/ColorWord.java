package kinema.train.world;

import java.util.Locale;

/** A colour a caption can name, for subjects and for plain backgrounds. */
public enum ColorWord {
    RED(356, 1.0, 0.95, 0xC8555A),
    ORANGE(26, 1.05, 1.05, 0xE0A066),
    YELLOW(52, 1.0, 1.15, 0xE8DB78),
    GREEN(125, 0.95, 0.85, 0x7DBB7F),
    BLUE(215, 1.0, 0.95, 0x6F9BD8),
    PURPLE(276, 0.9, 0.8, 0x9B78C4),
    PINK(330, 0.6, 1.2, 0xEDA9C6);

    private final float hue;
    private final float saturation;
    private final float brightness;
    private final int background;

    ColorWord(double hueDegrees, double saturation, double brightness, int background) {
        this.hue = (float) (hueDegrees / 360);
        this.saturation = (float) saturation;
        this.brightness = (float) brightness;
        this.background = background;
    }

    /** The word in a caption, such as "red". */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Hue in HSV, in [0, 1). */
    float hue() {
        return hue;
    }

    /** Factor on a sprite's own saturation. */
    float saturation() {
        return saturation;
    }

    /** Factor on a sprite's own brightness. */
    float brightness() {
        return brightness;
    }

    /** A muted tone of this colour for backgrounds, 0xRRGGBB. */
    int background() {
        return background;
    }
}
