package kinema.train.world;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/**
 * Draws a scene: smooth areas with little detail, so that a small autoencoder can learn them. Layout varies mildly with
 * the random numbers. Coordinates are in frame sides.
 */
final class Scenery {
    private final Graphics2D g;
    private final SplittableRandom random;

    private Scenery(Graphics2D g, SplittableRandom random) {
        this.g = g;
        this.random = random;
    }

    /**
     * Paints the background of a scenario.
     *
     * @return RGB bytes, {@code size * size * 3}
     */
    static byte[] paint(Scenario scenario, int size, SplittableRandom random) {
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.scale(size, size);
        new Scenery(g, random).draw(scenario);
        g.dispose();
        return bytes(image.getRGB(0, 0, size, size, null, 0, size));
    }

    private void draw(Scenario scenario) {
        switch (scenario.scene()) {
            case SEA -> sea();
            case MEADOW -> meadow();
            case NIGHT_SKY -> nightSky();
            case SUNSET -> sunset();
            case DESERT -> desert();
            case SNOW -> snow();
            case BLUE_SKY -> blueSky();
            case PLAIN -> plain(scenario);
        }
    }

    private void sea() {
        double horizon = around(0.40, 0.04);
        gradient(0, horizon, 0xCFEFF2, 0xEAF8F3);
        gradient(horizon, 1, 0x1F8FA3, 0x0B3F6B);
        g.setColor(new Color(0xBFECEF));
        for (int row = 0; row < 4; row++) {
            double y = horizon + 0.08 + 0.14 * row + around(0, 0.02);
            double x = random.nextDouble() * 0.6;
            ellipse(x, y, 0.22 + 0.05 * row, 0.022, 110);
            ellipse(x + 0.5, y + 0.05, 0.18 + 0.05 * row, 0.02, 90);
        }
    }

    private void meadow() {
        double horizon = around(0.38, 0.04);
        gradient(0, 0.6, 0x9AD8F5, 0xD9F1FA);
        hill(horizon, 0.06, 0x7CC653, 0x5FAE41);
        hill(horizon + 0.26, 0.05, 0x58A83C, 0x3F8A2F);
        int[] petals = {0xFFE66B, 0xFFFFFF, 0xF59AC0};
        for (int i = 0; i < 6; i++) {
            double y = 0.74 + 0.24 * random.nextDouble();
            g.setColor(new Color(petals[i % petals.length]));
            ellipse(random.nextDouble(), y, 0.045, 0.04, 255);
        }
    }

    private void nightSky() {
        gradient(0, 1, 0x070B24, 0x24346B);
        g.setColor(new Color(0xFFF6D8));
        for (int i = 0; i < 14; i++) {
            double diameter = 0.03 + 0.015 * random.nextDouble();
            ellipse(random.nextDouble(), random.nextDouble(), diameter, diameter, 255);
        }
    }

    private void sunset() {
        double horizon = around(0.76, 0.03);
        gradient(0, horizon, 0x6B3A86, 0xFF9A4D);
        g.setColor(new Color(0xFFE08A));
        double sun = around(0.5, 0.22);
        ellipse(sun, horizon, 0.42, 0.42, 70);
        ellipse(sun, horizon, 0.28, 0.28, 255);
        gradient(horizon, 1, 0x4A2450, 0x2A1636);
    }

    private void desert() {
        double horizon = around(0.40, 0.04);
        gradient(0, 0.6, 0x8CC7DC, 0xFBEFD2);
        hill(horizon, 0.08, 0xEFC987, 0xDFAE63);
        hill(horizon + 0.2, 0.07, 0xE2B066, 0xCC9146);
        hill(horizon + 0.42, 0.04, 0xCE9549, 0xB67A35);
    }

    private void snow() {
        double horizon = around(0.46, 0.04);
        gradient(0, 0.7, 0x8495AB, 0xB9C6D6);
        hill(horizon, 0.07, 0xDCE6F2, 0xC8D6E8);
        hill(horizon + 0.24, 0.05, 0xF4F8FD, 0xE0EAF5);
        g.setColor(Color.WHITE);
        for (int i = 0; i < 12; i++) {
            double diameter = 0.04 + 0.015 * random.nextDouble();
            ellipse(random.nextDouble(), 0.6 * random.nextDouble(), diameter, diameter, 230);
        }
    }

    private void blueSky() {
        gradient(0, 1, 0x2F86E0, 0x8CC6F7);
        g.setColor(Color.WHITE);
        cloud(around(0.22, 0.10), around(0.20, 0.07));
        cloud(around(0.80, 0.10), around(0.42, 0.09));
        cloud(around(0.30, 0.12), around(0.82, 0.06));
    }

    private void plain(Scenario scenario) {
        if (scenario.background() == null) {
            throw new IllegalStateException("scene PLAIN without a background colour");
        }
        g.setColor(new Color(scenario.background().background()));
        g.fill(new Rectangle2D.Double(0, 0, 1, 1));
    }

    /** A band across the frame, from one colour at its top to another at its bottom. */
    private void gradient(double top, double bottom, int from, int to) {
        g.setPaint(new GradientPaint(0, (float) top, new Color(from), 0, (float) bottom, new Color(to)));
        g.fill(new Rectangle2D.Double(0, top, 1, 1 - top));
    }

    /** Rolling ground from about {@code top} down to the frame's lower edge. */
    private void hill(double top, double swell, int from, int to) {
        double left = top + around(0, swell);
        double right = top + around(0, swell);
        Path2D outline = new Path2D.Double();
        outline.moveTo(0, left);
        outline.curveTo(0.35, left - swell, 0.65, right + swell, 1, right);
        outline.lineTo(1, 1);
        outline.lineTo(0, 1);
        outline.closePath();
        g.setPaint(new GradientPaint(0, (float) top, new Color(from), 0, (float) (top + 0.45), new Color(to)));
        g.fill(outline);
    }

    private void cloud(double x, double y) {
        ellipse(x, y, 0.34, 0.10, 235);
        ellipse(x - 0.06, y - 0.04, 0.16, 0.13, 235);
        ellipse(x + 0.06, y - 0.03, 0.14, 0.10, 235);
    }

    /** An ellipse around a centre, in the current colour with this opacity. */
    private void ellipse(double x, double y, double width, double height, int alpha) {
        Color color = g.getColor();
        g.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha));
        g.fill(new Ellipse2D.Double(x - width / 2, y - height / 2, width, height));
        g.setColor(color);
    }

    private double around(double value, double spread) {
        return value + spread * (2 * random.nextDouble() - 1);
    }

    private static byte[] bytes(int[] pixels) {
        byte[] rgb = new byte[pixels.length * 3];
        for (int i = 0; i < pixels.length; i++) {
            rgb[3 * i] = (byte) (pixels[i] >> 16);
            rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
            rgb[3 * i + 2] = (byte) pixels[i];
        }
        return rgb;
    }
}
