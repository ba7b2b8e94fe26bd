package kinema.video;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import kinema.Video;

/** Made-up clips, and how far one clip is from another. */
final class TestClips {
    private TestClips() {}

    /** A soft coloured spot moving over a gradient. */
    static Video smooth(int width, int height, int frames, double fps) {
        List<byte[]> all = new ArrayList<>();
        for (int t = 0; t < frames; t++) {
            all.add(frame(width, height, (double) t / frames));
        }
        return new Video(width, height, fps, all);
    }

    /** The smooth clip with seeded noise in its brightness; noise in its colour would not survive 4:2:0. */
    static Video noisy(int width, int height, int frames, double fps, long seed) {
        Random random = new Random(seed);
        Video clip = smooth(width, height, frames, fps);
        for (byte[] frame : clip.frames()) {
            int noise = 0;
            for (int i = 0; i < frame.length; i++) {
                noise = i % 3 == 0 ? (int) (20 * random.nextGaussian()) : noise;
                frame[i] = (byte) Math.max(0, Math.min(255, (frame[i] & 0xFF) + noise));
            }
        }
        return clip;
    }

    private static byte[] frame(int width, int height, double time) {
        byte[] rgb = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double u = (double) x / width;
                double v = (double) y / height;
                double spot = Math.exp(-20 * (square(u - 0.2 - 0.6 * time) + square(v - 0.5)));
                rgb[at++] = (byte) Math.round(60 + 100 * u + 90 * spot);
                rgb[at++] = (byte) Math.round(180 - 90 * v);
                rgb[at++] = (byte) Math.round(90 + 60 * v - 60 * spot);
            }
        }
        return rgb;
    }

    /** Peak signal-to-noise ratio over all frames, in dB; infinite for equal clips. */
    static double psnr(Video a, Video b) {
        double error = 0;
        long count = 0;
        for (int t = 0; t < a.frames().size(); t++) {
            byte[] x = a.frames().get(t);
            byte[] y = b.frames().get(t);
            for (int i = 0; i < x.length; i++) {
                error += square((x[i] & 0xFF) - (y[i] & 0xFF));
                count++;
            }
        }
        return 10 * Math.log10(255 * 255 * count / error);
    }

    private static double square(double x) {
        return x * x;
    }
}
