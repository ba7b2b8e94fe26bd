package kinema;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Java's images as frames of a {@link Video}, and back. */
final class Pixels {
    private Pixels() {}

    /** An image's colours, height × width × 3 bytes, rows from the top; what is transparent keeps the colour stored for it. */
    static byte[] of(BufferedImage image) {
        return isGray(image) ? fromGray(image) : fromColour(image);
    }

    /** A frame as an image. */
    static BufferedImage image(byte[] rgb, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                row[x] = (rgb[at++] & 0xff) << 16 | (rgb[at++] & 0xff) << 8 | (rgb[at++] & 0xff);
            }
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    private static boolean isGray(BufferedImage image) {
        ColorModel model = image.getColorModel();
        return !(model instanceof IndexColorModel) && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    }

    /** The samples as they are: {@code getRGB} would take them for linear light and brighten them. */
    private static byte[] fromGray(BufferedImage image) {
        Raster raster = image.getRaster();
        int shift = image.getColorModel().getComponentSize(0) - 8;
        int[] row = new int[image.getWidth()];
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getSamples(0, y, row.length, 1, 0, row);
            for (int sample : row) {
                byte gray = (byte) (sample >> shift);
                rgb[at++] = gray;
                rgb[at++] = gray;
                rgb[at++] = gray;
            }
        }
        return rgb;
    }

    private static byte[] fromColour(BufferedImage image) {
        int[] row = new int[image.getWidth()];
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, row.length, 1, row, 0, row.length);
            for (int argb : row) {
                rgb[at++] = (byte) (argb >> 16);
                rgb[at++] = (byte) (argb >> 8);
                rgb[at++] = (byte) argb;
            }
        }
        return rgb;
    }
}
