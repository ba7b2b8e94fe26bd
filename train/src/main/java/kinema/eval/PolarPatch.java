package kinema.eval;

import kinema.Video;

/**
 * The subject in polar coordinates: rings around a centre, angles clockwise from the right. Holds the subject's colours,
 * what differs from each ring's mean, and its outline; the background is blanked out.
 */
final class PolarPatch {
    private static final int ANGLES = 96;
    private static final int RINGS = 8;
    private static final int CHANNELS = 4; // red, green, blue, outline
    /** The outermost ring, in radii of a disc as large as the subject. */
    private static final double REACH = 1.7;

    private final float[][] rows; // [ring and channel][angle], of unit length in all

    /** A place in the frame, in frame sides: where to look, and the radius of a disc as large as the subject. */
    record Disc(double x, double y, double radius) {}

    private PolarPatch(float[][] rows) {
        this.rows = rows;
    }

    /** Samples a frame and its outline. */
    static PolarPatch of(Video video, int frame, float[] mask, Disc disc) {
        float[][] rows = new float[RINGS * CHANNELS][ANGLES];
        byte[] rgb = video.frames().get(frame);
        for (int ring = 0; ring < RINGS; ring++) {
            double radius = disc.radius() * REACH * (ring + 0.5) / RINGS;
            for (int angle = 0; angle < ANGLES; angle++) {
                double x = disc.x() + radius * Math.cos(2 * Math.PI * angle / ANGLES);
                double y = disc.y() + radius * Math.sin(2 * Math.PI * angle / ANGLES);
                float covered = covered(mask, x, y);
                int row = ring * CHANNELS;
                for (int channel = 0; channel < 3; channel++) {
                    rows[row + channel][angle] = covered * (level(rgb, video, x, y, channel) - 0.5f);
                }
                rows[row + 3][angle] = covered;
            }
        }
        normalise(rows);
        return new PolarPatch(rows);
    }

    /** The correlation in [-1, 1] with a later patch that is turned back by an angle. */
    double correlation(PolarPatch later, double degrees) {
        int shift = Math.floorMod(Math.round(degrees / 360 * ANGLES), ANGLES);
        double sum = 0;
        for (int row = 0; row < rows.length; row++) {
            float[] here = rows[row];
            float[] there = later.rows[row];
            for (int angle = 0; angle < ANGLES; angle++) {
                int turned = angle + shift;
                sum += here[angle] * there[turned < ANGLES ? turned : turned - ANGLES];
            }
        }
        return sum;
    }

    /** Takes away what is the same all around, which no turn can show, and scales to unit length. */
    private static void normalise(float[][] rows) {
        double square = 0;
        for (float[] row : rows) {
            float mean = 0;
            for (float value : row) {
                mean += value / ANGLES;
            }
            for (int angle = 0; angle < ANGLES; angle++) {
                row[angle] -= mean;
                square += row[angle] * row[angle];
            }
        }
        float scale = (float) (1 / Math.sqrt(Math.max(square, 1e-12)));
        for (float[] row : rows) {
            for (int angle = 0; angle < ANGLES; angle++) {
                row[angle] *= scale;
            }
        }
    }

    private static float covered(float[] mask, double x, double y) {
        int side = SpriteNetwork.MASK_SIDE;
        double u = Math.max(0, Math.min(side - 1.001, x * side - 0.5));
        double v = Math.max(0, Math.min(side - 1.001, y * side - 0.5));
        int column = (int) u;
        int row = (int) v;
        float fx = (float) (u - column);
        float fy = (float) (v - row);
        int at = row * side + column;
        float upper = mask[at] * (1 - fx) + mask[at + 1] * fx;
        float lower = mask[at + side] * (1 - fx) + mask[at + side + 1] * fx;
        return upper * (1 - fy) + lower * fy;
    }

    private static float level(byte[] rgb, Video video, double x, double y, int channel) {
        int column = Math.max(0, Math.min(video.width() - 1, (int) (x * video.width())));
        int row = Math.max(0, Math.min(video.height() - 1, (int) (y * video.height())));
        return (rgb[3 * (row * video.width() + column) + channel] & 0xFF) / 255f;
    }
}
