package kinema.train;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import kinema.Video;

/** A picture of several clips: one clip a row, its frames from left to right. */
public final class Strip {
    private Strip() {}

    /** Writes the rows as PNG, showing every {@code stride}-th frame. */
    public static void write(Path file, List<Video> rows, int stride) {
        Video first = rows.get(0);
        int columns = (first.frames().size() + stride - 1) / stride;
        int w = first.width();
        int h = first.height();
        BufferedImage image = new BufferedImage(columns * w, rows.size() * h, BufferedImage.TYPE_INT_RGB);
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < columns; c++) {
                paint(image, rows.get(r).frames().get(c * stride), c * w, r * h, w);
            }
        }
        try {
            ImageIO.write(image, "png", file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": the picture cannot be written", e);
        }
    }

    /** Puts one frame's pixels with the upper left corner at a point of the image. */
    public static void paint(BufferedImage image, byte[] rgb, int x, int y, int width) {
        for (int i = 0; i < rgb.length / 3; i++) {
            int pixel = ((rgb[3 * i] & 255) << 16) | ((rgb[3 * i + 1] & 255) << 8) | (rgb[3 * i + 2] & 255);
            image.setRGB(x + i % width, y + i / width, pixel);
        }
    }
}
