package kinema.train.world;

import java.awt.Color;
import org.jspecify.annotations.Nullable;

/** Gives a picture a new main colour in HSV, keeping its shading and its secondary colours. */
final class Recolor {
    private static final int HUE_BINS = 36;
    /** Hues this near to the main one count as the same colour (a turn is 1). */
    private static final float SAME_COLOR = 45f / 360;
    /** The main hue is looked for this near to the colour the picture is said to have. */
    private static final float NATIVE_RANGE = 60f / 360;

    private static final float GREY = 0.15f;
    private static final float PALE = 0.35f;
    private static final float DARK = 0.4f;
    private static final float TINT_SATURATION = 0.75f;
    /** Dull or dark pictures are lifted to these means, or their new colour would look brown. */
    private static final float LEAST_SATURATION = 0.75f;

    private static final float LEAST_BRIGHTNESS = 0.85f;

    private final int[] argb;
    private final float main;

    private Recolor(int[] argb, @Nullable ColorWord nativeColor) {
        this.argb = argb;
        this.main = mainHue(argb, nativeColor);
    }

    /** Changes the pixels of a subject's picture (ARGB, not premultiplied) in place. */
    static void apply(int[] argb, Subject subject, ColorWord color) {
        new Recolor(argb, subject.nativeColor()).paint(color, subject.paint() == Paint.TINT);
    }

    private void paint(ColorWord color, boolean tint) {
        float saturation = color.saturation() * lift(1, LEAST_SATURATION);
        float brightness = color.brightness() * lift(2, LEAST_BRIGHTNESS);
        float[] hsv = new float[3];
        for (int i = 0; i < argb.length; i++) {
            int alpha = argb[i] & 0xFF000000;
            toHsv(argb[i], hsv);
            if (isMain(hsv)) {
                // A little of the picture's own variation of hue keeps it lively.
                float hue = color.hue() + 0.25f * turn(hsv[0] - main);
                argb[i] = alpha | fromHsv(hue, hsv[1] * saturation, hsv[2] * brightness);
            } else if (tint && hsv[1] < PALE && hsv[2] > DARK) {
                argb[i] =
                        alpha | fromHsv(color.hue(), TINT_SATURATION * color.saturation(), hsv[2] * color.brightness());
            }
        }
    }

    private boolean isMain(float[] hsv) {
        return hsv[1] > GREY && Math.abs(turn(hsv[0] - main)) < SAME_COLOR;
    }

    /** The factor, at least 1, that brings the mean of an HSV component over the main area to a least value. */
    private float lift(int component, float least) {
        float[] hsv = new float[3];
        double sum = 0;
        double weight = 0;
        for (int pixel : argb) {
            toHsv(pixel, hsv);
            if (isMain(hsv)) {
                int alpha = pixel >>> 24;
                sum += alpha * hsv[component];
                weight += alpha;
            }
        }
        return sum == 0 ? 1 : (float) Math.max(1, least * weight / sum);
    }

    /** The hue that most of the strongly coloured area has. */
    private static float mainHue(int[] argb, @Nullable ColorWord nativeColor) {
        float[] weight = new float[HUE_BINS];
        float[] hsv = new float[3];
        for (int pixel : argb) {
            toHsv(pixel, hsv);
            if (nativeColor == null || Math.abs(turn(hsv[0] - nativeColor.hue())) < NATIVE_RANGE) {
                weight[(int) (hsv[0] * HUE_BINS) % HUE_BINS] += hsv[1] * hsv[2] * (pixel >>> 24);
            }
        }
        int best = 0;
        float most = -1;
        for (int bin = 0; bin < HUE_BINS; bin++) {
            float around = weight[(bin + HUE_BINS - 1) % HUE_BINS] + weight[bin] + weight[(bin + 1) % HUE_BINS];
            if (around > most) {
                most = around;
                best = bin;
            }
        }
        return (best + 0.5f) / HUE_BINS;
    }

    /** A difference of hues in [-0.5, 0.5]. */
    private static float turn(float difference) {
        return difference - Math.round(difference);
    }

    private static void toHsv(int rgb, float[] hsv) {
        Color.RGBtoHSB((rgb >> 16) & 0xFF, (rgb >> 8) & 0xFF, rgb & 0xFF, hsv);
    }

    private static int fromHsv(float hue, float saturation, float value) {
        return Color.HSBtoRGB(hue, Math.min(1, saturation), Math.min(1, value)) & 0xFFFFFF;
    }
}
