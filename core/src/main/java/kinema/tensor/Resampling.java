package kinema.tensor;

/**
 * Ways to resize 8-bit RGB pictures, columns first, then rows, in fixed-point numbers. They give the same bytes as the
 * Python Imaging Library, which the models' authors prepare pictures with.
 */
public enum Resampling {
    /** The cubic convolution with a = -1/2. */
    BICUBIC(2) {
        @Override
        double kernel(double x) {
            double d = Math.abs(x);
            if (d < 1) {
                return (1.5 * d - 2.5) * d * d + 1;
            }
            return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
        }
    },
    /** The Lanczos kernel over three lobes. */
    LANCZOS(3) {
        @Override
        double kernel(double x) {
            return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
        }
    };

    private static final int CHANNELS = 3;
    private static final int FRACTION_BITS = 22; // 32 less 8 for the sample and 2 for sums beyond it

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** How the lines of a resized axis are made: line {@code i} weighs the lines from {@code first[i]} on. */
    private record Kernel(int[] first, int[][] weights) {
        static Kernel of(Resampling way, int from, int to) {
            Kernel kernel = new Kernel(new int[to], new int[to][]);
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1); // a smaller picture averages over more lines
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                int first = Math.max(0, (int) (centre - way.support * stretch + 0.5));
                int end = Math.min(from, (int) (centre + way.support * stretch + 0.5));
                double[] weights = new double[end - first];
                double sum = 0;
                for (int j = 0; j < weights.length; j++) {
                    weights[j] = way.kernel((first + j - centre + 0.5) / stretch);
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

    /** The weight of a sample at a distance, in samples of the smaller of the two pictures. */
    abstract double kernel(double x);

    /**
     * A picture in another size.
     *
     * @param rgb height × width × 3 bytes
     * @return newHeight × newWidth × 3 bytes; {@code rgb} itself when the size stays
     */
    public byte[] resize(byte[] rgb, int width, int height, int newWidth, int newHeight) {
        byte[] wide = width == newWidth ? rgb : resizeColumns(rgb, width, height, newWidth);
        return height == newHeight ? wide : resizeRows(wide, newWidth, height, newHeight);
    }

    private byte[] resizeColumns(byte[] rgb, int width, int height, int newWidth) {
        Kernel kernel = Kernel.of(this, width, newWidth);
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

    private byte[] resizeRows(byte[] rgb, int width, int height, int newHeight) {
        Kernel kernel = Kernel.of(this, height, newHeight);
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

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }
}
