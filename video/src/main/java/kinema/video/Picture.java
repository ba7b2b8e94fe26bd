package kinema.video;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import kinema.Video;
import org.jspecify.annotations.Nullable;

/**
 * One picture as 8-bit RGB, in the layout of a {@link Video} frame.
 *
 * @param width pixels per row
 * @param height rows
 * @param rgb height × width × 3 bytes, rows from the top; shared, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // A frame is a byte[] everywhere; pictures are not compared or hashed.
public record Picture(int width, int height, byte[] rgb) {
    /** Checks the size. */
    public Picture {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("a " + width + "x" + height + " RGB picture must have "
                    + 3L * width * height + " bytes and a positive size, found " + rgb.length + " bytes");
        }
    }

    /**
     * Reads a PNG or JPEG file. Transparency is dropped: a pixel keeps the colour stored for it.
     *
     * @throws VideoFileException if the file is missing, damaged or not a picture
     */
    public static Picture read(Path file) {
        if (Files.isDirectory(file)) {
            throw new VideoFileException(file + " is a folder; expected one picture, PNG or JPEG");
        }
        if (!Files.isRegularFile(file)) {
            throw new VideoFileException("no such picture: " + file);
        }
        @Nullable BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException | RuntimeException e) { // The JDK's readers throw both for damaged files.
            throw new VideoFileException("cannot read the picture " + file + ": " + e.getMessage(), e);
        }
        if (image == null) {
            throw new VideoFileException(file + " is not a picture; expected PNG or JPEG");
        }
        return new Picture(
                image.getWidth(), image.getHeight(), Video.of(image).frames().get(0));
    }

    /** Writes a PNG file, replacing an earlier one. */
    public void writePng(Path file) {
        try {
            requireWriter(ImageIO.write(image(), "png", file.toFile()));
        } catch (IOException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause(); // the encoder's own error does not say why
            throw new VideoFileException("cannot write " + file + ": " + reason.getMessage(), e);
        }
    }

    /** The bytes of a PNG file. */
    public byte[] png() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            requireWriter(ImageIO.write(image(), "png", bytes));
        } catch (IOException e) {
            throw new VideoFileException("the picture cannot be coded: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private static void requireWriter(boolean found) {
        if (!found) {
            throw new VideoFileException("this Java runtime has no PNG writer; use a complete JDK");
        }
    }

    private BufferedImage image() {
        int[] redGreenBlue = {0, 1, 2};
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(rgb, rgb.length), width, height, 3 * width, 3, redGreenBlue, null);
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
        return new BufferedImage(model, raster, false, null);
    }
}
