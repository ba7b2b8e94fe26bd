package kinema.train.world;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A picture with transparency, kept as a pyramid of halved copies so that it can be drawn small without aliasing.
 *
 * <p>It is drawn in plain integer arithmetic and not by Java2D, whose scaled drawing differs between platforms.
 * Immutable; safe to share between threads.
 */
final class Sprite {
    private static final int SMALLEST_SIDE = 8;

    private final List<Level> levels;

    /** Premultiplied ARGB pixels, each {@code 1 << index} pixels of the full picture wide. */
    private record Level(int width, int height, int[] argb) {
        int at(int x, int y) {
            return x < 0 || y < 0 || x >= width || y >= height ? 0 : argb[y * width + x];
        }
    }

    /** @param argb pixels, not premultiplied, {@code width * height} of them, rows from the top */
    Sprite(int width, int height, int[] argb) {
        int[] premultiplied = new int[argb.length];
        for (int i = 0; i < argb.length; i++) {
            premultiplied[i] = premultiply(argb[i]);
        }
        levels = new ArrayList<>();
        Level level = new Level(width, height, premultiplied);
        levels.add(level);
        while (Math.min(level.width, level.height) > SMALLEST_SIDE) {
            level = halve(level);
            levels.add(level);
        }
    }

    private Sprite(List<Level> levels) {
        this.levels = levels;
    }

    /** The same shape in white. */
    Sprite silhouette() {
        return new Sprite(levels.stream()
                .map(level -> new Level(level.width, level.height, white(level.argb)))
                .toList());
    }

    private static int[] white(int[] argb) {
        return Arrays.stream(argb).map(pixel -> (pixel >>> 24) * 0x01010101).toArray();
    }

    /** Width over height. */
    double aspect() {
        Level full = levels.get(0);
        return (double) full.width / full.height;
    }

    /** Draws the sprite over a square RGB frame; what lies outside the frame is cut off. */
    void draw(Pose pose, byte[] rgb, int size) {
        Level full = levels.get(0);
        double pixel = pose.scale() * size / Math.max(full.width, full.height); // frame pixels per sprite pixel
        int index = levelFor(pixel);
        double shrink = 1.0 / (1 << index);
        Placement placement = Placement.of(pose, size, full.width * shrink, full.height * shrink, pixel / shrink);
        double diagonal = pixel * StrictMath.hypot(full.width, full.height);
        int reach = (int) (0.5 * diagonal * Math.max(pose.stretch(), 1 / pose.stretch())) + 2;
        int centreX = (int) Math.floor(pose.x() * size);
        int centreY = (int) Math.floor(pose.y() * size);
        for (int y = Math.max(0, centreY - reach); y < Math.min(size, centreY + reach); y++) {
            for (int x = Math.max(0, centreX - reach); x < Math.min(size, centreX + reach); x++) {
                over(rgb, (y * size + x) * 3, samples(levels.get(index), placement, x, y));
            }
        }
    }

    /** With two samples per frame pixel and axis: the level whose pixels are nearest in size to a sample's footprint. */
    private int levelFor(double pixel) {
        int index = (int) Math.round(Math.log(1 / (2 * pixel)) / Math.log(2));
        return Math.max(0, Math.min(levels.size() - 1, index));
    }

    /** The sum of four samples in one frame pixel, in 16-bit lanes: alpha, red, green, blue from the highest. */
    private static long samples(Level level, Placement p, int x, int y) {
        long sum = 0;
        for (int i = 0; i < 4; i++) {
            double fx = x + 0.25 + 0.5 * (i & 1);
            double fy = y + 0.25 + 0.5 * (i >> 1);
            long c = sample(level, p.u(fx, fy) - 0.5, p.v(fx, fy) - 0.5) & 0xFFFFFFFFL;
            sum += ((c & 0xFF000000L) << 24) | ((c & 0xFF0000L) << 16) | ((c & 0xFF00L) << 8) | (c & 0xFFL);
        }
        return sum;
    }

    /** Puts four summed premultiplied samples over what is there. */
    private static void over(byte[] rgb, int offset, long sum) {
        int full = 4 * 255;
        int below = full - (int) (sum >>> 48);
        if (below == full) {
            return;
        }
        for (int channel = 0; channel < 3; channel++) {
            int above = (int) (sum >>> (32 - 16 * channel)) & 0xFFFF;
            int value = (above * 255 + below * (rgb[offset + channel] & 0xFF) + full / 2) / full;
            rgb[offset + channel] = (byte) Math.min(255, value);
        }
    }

    /** Bilinear interpolation, channels in pairs: two 8-bit values in the 16-bit halves of one int. */
    private static int sample(Level level, double u, double v) {
        int x = (int) Math.floor(u);
        int y = (int) Math.floor(v);
        if (x < -1 || y < -1 || x >= level.width || y >= level.height) {
            return 0;
        }
        int fx = (int) ((u - x) * 256);
        int fy = (int) ((v - y) * 256);
        return mix(
                mix(level.at(x, y), level.at(x + 1, y), fx), mix(level.at(x, y + 1), level.at(x + 1, y + 1), fx), fy);
    }

    private static int mix(int a, int b, int f) {
        int odd = (((a & 0xFF00FF) * (256 - f) + (b & 0xFF00FF) * f) >>> 8) & 0xFF00FF;
        int even = (((a >>> 8) & 0xFF00FF) * (256 - f) + ((b >>> 8) & 0xFF00FF) * f) & 0xFF00FF00;
        return odd | even;
    }

    private static Level halve(Level level) {
        int width = (level.width + 1) / 2;
        int height = (level.height + 1) / 2;
        int[] argb = new int[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                argb[y * width + x] = mean(
                        level.at(2 * x, 2 * y),
                        level.at(2 * x + 1, 2 * y),
                        level.at(2 * x, 2 * y + 1),
                        level.at(2 * x + 1, 2 * y + 1));
            }
        }
        return new Level(width, height, argb);
    }

    private static int mean(int a, int b, int c, int d) {
        int mean = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int sum = byteAt(a, shift) + byteAt(b, shift) + byteAt(c, shift) + byteAt(d, shift);
            mean |= ((sum + 2) / 4) << shift;
        }
        return mean;
    }

    private static int byteAt(int pixel, int shift) {
        return (pixel >>> shift) & 0xFF;
    }

    private static int premultiply(int argb) {
        int alpha = argb >>> 24;
        int red = (byteAt(argb, 16) * alpha + 127) / 255;
        int green = (byteAt(argb, 8) * alpha + 127) / 255;
        int blue = ((argb & 0xFF) * alpha + 127) / 255;
        return (alpha << 24) | (red << 16) | (green << 8) | blue;
    }
}
