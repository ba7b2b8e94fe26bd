package kinema;

/**
 * Resizes 8-bit RGB pictures with the Lanczos kernel over three lobes, columns first, then rows, in fixed-point numbers.
 * Gives the same bytes as the Python Imaging Library, which the models' authors prepare pictures with.
 */
final class LanczosResize {
    private static final int CHANNELS = 3;
    private static final double LOBES = 3;
    private static final int FRACTION_BITS = 22; // 32 less 8 for the sample and 2 for sums beyond it

    /** How the lines of a resized axis are made: line {@code i} weighs the lines from {@code first[i]} on. */
    private record Kernel(int[] first, int[][] weights) {
        static Kernel of(int from, int to) {
            Kernel kernel = new Kernel(new int[to], new int[to][]);
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1); // a smaller picture averages over more lines
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                int first = Math.max(0, (int) (centre - LOBES * stretch + 0.5));
                int end = Math.min(from, (int) (centre + LOBES * stretch + 0.5));
                double[] weights = new double[end - first];
                double sum = 0;
                for (int j = 0; j < weights.length; j++) {
                    weights[j] = lanczos((first + j - centre + 0.5) / stretch);
                    sum += weights[j];
                }
                kernel.first[i] = first;
                kernel.weights[i] = fixedPoint(weights, sum);
            }
            return kernel;
        }

        private static int[] fixedPoint(double[] weights, double sum) {
            int[] fixed = new int[weights.length];
            for (int j = 0; j < fixed.length; j++) {
                double w = weights[j] / sum * (1 << FRACTION_BITS);
                fixed[j] = (int) (w < 0 ? w - 0.5 : w + 0.5);
            }
            return fixed;
        }

        /** One sample, from samples {@code step} apart. */
        byte apply(int line, byte[] samples, int start, int step) {
            int sum = 1 << (FRACTION_BITS - 1);
            int at = start + first[line] * step;
            for (int weight : weights[line]) {
                sum += (samples[at] & 0xff) * weight;
                at += step;
            }
            return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
        }
    }

    private LanczosResize() {}

    /**
     * A picture in another size.
     *
     * @param rgb height × width × 3 bytes
     * @return newHeight × newWidth × 3 bytes; {@code rgb} itself when the size stays
     */
    static byte[] resize(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        byte[] wide = width == newWidth ? rgb : resizeColumns(rgb, width, height, newWidth);
        return height == newHeight ? wide : resizeRows(wide, newWidth, height, newHeight);
    }

    private static byte[] resizeColumns(byte[] rgb, int width, int height, int newWidth) {
        Kernel kernel = Kernel.of(width, newWidth);
        byte[] out = new byte[CHANNELS * newWidth * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < newWidth; x++) {
                for (int c = 0; c < CHANNELS; c++) {
                    out[at++] = kernel.apply(x, rgb, CHANNELS * width * y + c, CHANNELS);
                }
            }
        }
        return out;
    }

    private static byte[] resizeRows(byte[] rgb, int width, int height, int newHeight) {
        Kernel kernel = Kernel.of(height, newHeight);
        int row = CHANNELS * width;
        byte[] out = new byte[row * newHeight];
        int at = 0;
        for (int y = 0; y < newHeight; y++) {
            for (int sample = 0; sample < row; sample++) {
                out[at++] = kernel.apply(y, rgb, sample, row);
            }
        }
        return out;
    }

    private static double lanczos(double x) {
        return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }
}
