package kinema.eval;

import java.util.List;
import kinema.Video;

/**
 * What a video's background looks like from top to bottom: for each of eight bands the mean colour and how much the
 * brightness varies along it, over all frames, where no subject is seen.
 *
 * @param features 32 numbers in [0, 1]: red, green, blue, variation of each band; NaN where a band was never seen
 */
record Background(double[] features) {
    static final int BANDS = 8;
    static final int PER_BAND = 4;

    /** Cells more likely covered than this do not count. */
    private static final float COVERED = 0.1f;

    private static final int SIDE = SpriteNetwork.MASK_SIDE;

    /** Measures a video; {@code masks} are the outlines of its frames. */
    static Background of(Video video, List<float[]> masks) {
        double[][] sums = new double[BANDS][6]; // count, red, green, blue, brightness, its square
        for (int i = 0; i < masks.size(); i++) {
            add(video, video.frames().get(i), masks.get(i), sums);
        }
        double[] features = new double[BANDS * PER_BAND];
        for (int band = 0; band < BANDS; band++) {
            double count = sums[band][0]; // none seen: 0 / 0 is NaN
            for (int channel = 0; channel < 3; channel++) {
                features[PER_BAND * band + channel] = sums[band][1 + channel] / count;
            }
            double mean = sums[band][4] / count;
            features[PER_BAND * band + 3] = Math.sqrt(Math.max(0, sums[band][5] / count - mean * mean));
        }
        return new Background(features);
    }

    private static void add(Video video, byte[] rgb, float[] mask, double[][] sums) {
        for (int y = 0; y < video.height(); y++) {
            double[] sum = sums[y * BANDS / video.height()];
            int row = y * SIDE / video.height() * SIDE;
            for (int x = 0; x < video.width(); x++) {
                if (mask[row + x * SIDE / video.width()] <= COVERED) {
                    add(rgb, 3 * (y * video.width() + x), sum);
                }
            }
        }
    }

    private static void add(byte[] rgb, int offset, double[] sum) {
        double red = (rgb[offset] & 0xFF) / 255.0;
        double green = (rgb[offset + 1] & 0xFF) / 255.0;
        double blue = (rgb[offset + 2] & 0xFF) / 255.0;
        double brightness = (red + green + blue) / 3;
        sum[0]++;
        sum[1] += red;
        sum[2] += green;
        sum[3] += blue;
        sum[4] += brightness;
        sum[5] += brightness * brightness;
    }
}
